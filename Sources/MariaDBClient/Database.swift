import BlockingWork
import CMariaDB

/// One connection on a thread of its own, made when first needed and made again after it was lost.
///
/// Work is done in the order it was given. Duties that must not wait for one another each have a `Database`.
public final class Database: Sendable {
    private let thread: DedicatedThread
    private let session: DatabaseSession

    /// - Parameter name: shows in the thread's name.
    public init(_ configuration: DatabaseConfiguration, name: String) {
        thread = DedicatedThread(name: name)
        session = DatabaseSession(configuration)
    }

    /// Starts the client library, OpenSSL with it, which takes a millisecond. Connecting does it too; whoever comes while somebody
    /// is at it waits.
    public static func startLibrary() {
        _ = library
    }

    private static let library: Void = { _ = mysql_server_init(0, nil, nil) }()

    /// Runs `body` with the connection, on its thread.
    ///
    /// - Throws: what `body` throws, or the ``DatabaseError`` of connecting. A connection found lost is dropped, and the
    ///   next call makes a new one; `body` is not run twice. All who wait while connecting fails get its error at once.
    public func run<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result) async throws -> Result
    {
        let asked = ContinuousClock.now
        return try await thread.run { [session] in try session.run(asked: asked, body) }
    }

    /// Runs `body` on the connection's thread, later. For work that handles the loss of its connection itself.
    public func enqueue(_ body: @escaping @Sendable (DatabaseSession) -> Void) {
        thread.enqueue { [session] in body(session) }
    }

    /// Closes the connection once the work that is there has been done.
    public func close() async {
        guard thread.isStarted else { return }
        try? await thread.run { [session] in session.drop() }
    }
}
