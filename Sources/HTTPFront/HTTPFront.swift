public import Dispatching
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// Serves requests that come by plain HTTP/1.1, for those who have no web server in front.
///
/// Every method and path goes to the handler, as over FastCGI.
public struct HTTPFront: Service {
    private let host: String
    private let port: Int
    private let responder: HandlerResponder
    private let maximumConnections: Int
    private let idleTimeLimit: Duration
    private let logger: Logger
    private let onServerRunning: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port; 0 lets the kernel choose one, which `onServerRunning` then tells.
    ///   - maximumBodyBytes: Bytes of body that one request may have; more is answered 413.
    ///   - maximumConnections: More than so many are not accepted until others end.
    ///   - maximumBufferedBytes: Bytes of body that all requests together may have; more is answered 503.
    ///   - idleTimeLimit: How long a connection may be at rest, a request may take between its pieces, and an answer to be read.
    ///   - handler: Answers the requests.
    ///   - onServerRunning: Is called with the bound port once connections are accepted.
    public init(
        host: String, port: Int, maximumBodyBytes: Int, maximumConnections: Int = 4096,
        maximumBufferedBytes: Int = ByteBudget.usual, idleTimeLimit: Duration = .seconds(30),
        handler: any RequestHandler, logger: Logger,
        onServerRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.idleTimeLimit = idleTimeLimit
        self.maximumConnections = maximumConnections
        self.responder = HandlerResponder(
            handler: handler, maximumBodyBytes: maximumBodyBytes, budget: ByteBudget(limit: maximumBufferedBytes))
        // Who listens where is said by whoever composes the program; of the library only trouble is of interest.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        self.logger = quiet
        self.onServerRunning = onServerRunning
    }

    /// Serves until the service group shuts down gracefully, and answers what was being served.
    ///
    /// - Throws: an error that names the address when it cannot be bound.
    public func run() async throws {
        let timeLimit = TimeAmount(idleTimeLimit)
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [UnreadAnswers(timeLimit: timeLimit)], idleTimeout: timeLimit)),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: .maximum(maximumConnections, logger: logger)),
            onServerRunning: { [onServerRunning] channel in
                await onServerRunning(channel.localAddress?.port ?? 0)
            },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw ServingError(address: "\(host):\(port)", errorNumber: error.errnoCode)
        }
    }
}
