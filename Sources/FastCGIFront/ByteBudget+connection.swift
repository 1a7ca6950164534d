import Dispatching

extension ByteBudget {
    /// Makes a connection's share `bytes`; false, and unchanged, when that would pass the limit.
    func hold(_ bytes: Int, for connection: Connection) -> Bool {
        guard take(bytes - connection.held) else { return false }
        connection.held = bytes
        return true
    }

    /// Gives back a connection's share.
    func release(_ connection: Connection) {
        guard connection.held > 0 else { return }
        give(connection.held)
        connection.held = 0
    }
}
