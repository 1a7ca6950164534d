import Synchronization

/// Bounds the bytes of all requests that are being received or served together.
final class ByteBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Makes a connection's share `bytes`; false, and unchanged, when that would pass the limit.
    func hold(_ bytes: Int, for connection: Connection) -> Bool {
        let more = bytes - connection.held.load(ordering: .relaxed)
        let total = used.add(more, ordering: .relaxed).newValue
        guard more <= 0 || total <= limit else {
            used.subtract(more, ordering: .relaxed)
            return false
        }
        connection.held.store(bytes, ordering: .relaxed)
        return true
    }

    /// Gives back a connection's share.
    func release(_ connection: Connection) {
        let bytes = connection.held.exchange(0, ordering: .relaxed)
        if bytes > 0 { used.subtract(bytes, ordering: .relaxed) }
    }
}
