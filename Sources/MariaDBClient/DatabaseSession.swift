/// The connection of a ``Database`` as its own thread sees it: made when first needed, dropped when found lost.
///
/// Servers and routers close connections that rest (`wait_timeout`). One that has rested is asked first whether it is still there.
///
/// `@unchecked Sendable`: only jobs of that one thread touch it.
public final class DatabaseSession: @unchecked Sendable {
    private let configuration: DatabaseConfiguration
    private var connection: Connection?
    private var lastUse = ContinuousClock.now
    private static let restful = Duration.seconds(10)

    init(_ configuration: DatabaseConfiguration) {
        self.configuration = configuration
    }

    /// Runs `body` with the connection. See ``Database/run(_:)``.
    public func run<Result>(_ body: (Connection) throws -> Result) throws -> Result {
        defer { lastUse = .now }
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
        if let connection, .now - lastUse < Self.restful || connection.isAlive { return connection }
        drop()
        let made = try Connection(configuration)
        connection = made
        return made
    }
}
