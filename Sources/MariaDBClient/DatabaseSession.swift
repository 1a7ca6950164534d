/// The connection of a ``Database`` as its own thread sees it: made when first needed, dropped when found lost.
///
/// Servers and routers close connections that rest (`wait_timeout`). One that has rested is asked first whether it is still there.
///
/// `@unchecked Sendable`: only jobs of that one thread touch it.
public final class DatabaseSession: @unchecked Sendable {
    private let configuration: DatabaseConfiguration
    private var connection: Connection?
    private var lastUse = ContinuousClock.now
    /// The last attempt to connect that failed, and when that was known.
    private var failure: (error: any Error, at: ContinuousClock.Instant)?
    private static let restful = Duration.seconds(10)

    init(_ configuration: DatabaseConfiguration) {
        self.configuration = configuration
    }

    /// Runs `body` with the connection. See ``Database/run(_:)``.
    ///
    /// - Parameter asked: since when somebody waits for it. Where connecting failed meanwhile, that is the answer: those who wait
    ///   behind one another would else each wait for another attempt.
    public func run<Result>(
        asked: ContinuousClock.Instant = .now, _ body: (Connection) throws -> Result
    ) throws -> Result {
        defer { lastUse = .now }
        if let failure, asked < failure.at { throw failure.error }
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
        do {
            let made = try Connection(configuration)
            (connection, failure) = (made, nil)
            return made
        } catch {
            failure = (error, .now)
            throw error
        }
    }
}
