import Dispatching
import Synchronization

extension ByteBudget {
    /// Makes a connection's share `bytes`; false, and unchanged, when that would pass the limit.
    func hold(_ bytes: Int, for connection: Connection) -> Bool {
        guard take(bytes - connection.held.load(ordering: .relaxed)) else { return false }
        connection.held.store(bytes, ordering: .relaxed)
        return true
    }

    /// Gives back a connection's share.
    func release(_ connection: Connection) {
        let bytes = connection.held.exchange(0, ordering: .relaxed)
        if bytes > 0 { give(bytes) }
    }
}
