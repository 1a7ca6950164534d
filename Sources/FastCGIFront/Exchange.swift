import Dispatching
import Synchronization

/// One request between its arrival and its answer.
final class Exchange: Sendable {
    let connection: Connection
    let requestID: UInt16
    let keepsConnection: Bool
    private let isOver = Atomic(false)

    init(connection: Connection, requestID: UInt16, keepsConnection: Bool) {
        self.connection = connection
        self.requestID = requestID
        self.keepsConnection = keepsConnection
    }

    /// Whether this call ends it: a second answer is ignored.
    func end() -> Bool {
        !isOver.exchange(true, ordering: .relaxed)
    }
}
