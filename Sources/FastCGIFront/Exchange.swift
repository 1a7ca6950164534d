import Dispatching
import Synchronization

/// One request between its arrival and its answer.
final class Exchange: Sendable {
    private let server: RequestServer
    private let connection: Connection
    private let keepsConnection: Bool
    /// Nil once answered.
    private let library: Mutex<LibraryRequest?>

    init(server: RequestServer, connection: Connection, keepsConnection: Bool, library: LibraryRequest) {
        self.server = server
        self.connection = connection
        self.keepsConnection = keepsConnection
        self.library = Mutex(library)
    }

    /// Answers the request, from any thread and without waiting for the peer. A second answer is ignored.
    func answer(_ response: Response) {
        guard let library = library.withLock({ $0.take() }) else { return }
        server.send(response, of: library, on: connection, keepsConnection: keepsConnection)
    }
}
