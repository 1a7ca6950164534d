import BlockingWork
public import Dispatching
public import Logging
public import ServiceLifecycle
import Synchronization

/// Serves requests that a web server passes on by FastCGI.
///
/// One thread owns all sockets, collects requests, takes whole, sound ones through libfcgi to the handler, and sends the answers.
/// Large ones are read by a few reader threads, so that nobody waits for that. libfcgi reads from memory only, so neither a slow
/// peer nor a hostile one can hold a thread or bring the process down: a connection at rest, a slow body and a slow reader all
/// cost a descriptor and some memory.
public final class FastCGIFront: Service {
    /// Bodies up to this size are read on the loop's thread.
    private static let smallBytes = 32 << 10

    private let configuration: FastCGIConfiguration
    private let handler: any RequestHandler
    private let logger: Logger
    private let loop = Mutex<EventLoop?>(nil)
    private let port = Mutex<Int?>(nil)

    /// - Parameters:
    ///   - configuration: Where to listen, and the bounds.
    ///   - handler: Is called on the loop's and on the reader threads, several at once; it must not block them.
    public init(configuration: FastCGIConfiguration, handler: any RequestHandler, logger: Logger) {
        precondition((1...64).contains(configuration.readerThreads), "readerThreads must be 1 to 64")
        self.configuration = configuration
        self.handler = handler
        self.logger = logger
    }

    /// The TCP port that ``listen()`` has bound, nil for a unix socket.
    public var boundPort: Int? { port.withLock { $0 } }

    /// Opens the socket: from here on connections are queued, and ``run()`` will serve them. Once; ``run()`` does it where
    /// nobody else has.
    ///
    /// - Throws: ``FastCGIError``.
    public func listen() throws {
        try LibraryInitialiser.run()
        try loop.withLock { loop in
            guard loop == nil else { return }
            let socket = try ListeningSocket.open(configuration.address, backlog: configuration.backlog)
            loop = try EventLoop(configuration: configuration, listener: socket, logger: logger)
            port.withLock { $0 = socket.port }
        }
    }

    /// Serves until the service group shuts down gracefully: then it stops listening, answers everything that was accepted,
    /// and returns. When cancelled it returns without waiting for answers.
    ///
    /// - Throws: ``FastCGIError`` when the socket cannot be opened.
    public func run() async throws {
        try listen()
        guard let loop = loop.withLock({ $0 }) else { return }
        let decoder = RequestDecoder()
        let readers = (0..<configuration.readerThreads).map {
            (thread: DedicatedThread(name: "fastcgi-read-\($0)"), decoder: RequestDecoder())
        }
        logger.notice("serving FastCGI", metadata: ["address": "\(configuration.address)"])
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withCheckedContinuation { continuation in
                    startThread(name: "fastcgi-loop") {
                        var turn = 0
                        loop.run { collected, exchange in
                            // To change threads costs more than to read a small request.
                            guard collected.body.count > Self.smallBytes else {
                                return self.serve(collected, exchange, decoder, loop)
                            }
                            turn = (turn + 1) % readers.count
                            let reader = readers[turn]
                            reader.thread.enqueue { self.serve(collected, exchange, reader.decoder, loop) }
                        }
                        continuation.resume()
                    }
                }
            } onGracefulShutdown: {
                loop.stop()
            }
        } onCancel: {
            loop.abandon()
        }
    }

    /// Decodes a request, on the decoder's thread, and lets the handler answer it.
    private func serve(
        _ collected: CollectedRequest, _ exchange: Exchange, _ decoder: RequestDecoder, _ loop: EventLoop
    ) {
        do {
            let request = try decoder.decode(collected, peer: exchange.connection.peer)
            handler.handle(request) { loop.answer(exchange, $0) }
        } catch let refusal as ErrorAnswer {
            loop.answer(exchange) { refusal.response }
        } catch {
            logger.error("A FastCGI request could not be served", metadata: ["error": "\(error)"])
            loop.fail(exchange)
        }
    }
}
