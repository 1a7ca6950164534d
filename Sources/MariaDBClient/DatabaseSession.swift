/// The connection of a ``Database`` as its own thread sees it: made when first needed, dropped when found lost.
///
/// `@unchecked Sendable`: only jobs of that one thread touch it.
public final class DatabaseSession: @unchecked Sendable {
    private let configuration: DatabaseConfiguration
    private var connection: Connection?

    init(_ configuration: DatabaseConfiguration) {
        self.configuration = configuration
    }

    /// Runs `body` with the connection. See ``Database/run(_:)``.
    public func run<Result>(_ body: (Connection) throws -> Result) throws -> Result {
        do {
            return try body(current())
        } catch let error as DatabaseError where error.isConnectionLost {
            drop()
            throw error
        }
    }

    /// Closes the connection.
    public func drop() {
        connection = nil
    }

    private func current() throws -> Connection {
        if let connection { return connection }
        let made = try Connection(configuration)
        connection = made
        return made
    }
}
