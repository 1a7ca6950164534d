import Dispatching
import Logging

/// Takes whole requests through libfcgi to the handler, and answers back through libfcgi to the event loop.
final class RequestServer: Sendable {
    private let handler: any RequestHandler
    private let loop: EventLoop
    private let logger: Logger
    private let libraries = Pool { try LibraryRequest() }
    private let files = Pool { try ScratchFile() }

    init(handler: any RequestHandler, loop: EventLoop, logger: Logger) {
        self.handler = handler
        self.loop = loop
        self.logger = logger
    }

    /// Decodes a request and lets the handler answer it. Runs on the loop's thread or a reader thread.
    func serve(_ collected: CollectedRequest, on connection: Connection) {
        do {
            let library = try libraries.take()
            let request: Result<Request, ErrorAnswer>
            do {
                let file = try files.take()
                try file.load(collected.records)
                guard library.accept(from: file) else {
                    throw FastCGIError(code: .system, message: "libfcgi refused a request")
                }
                request = Result { () throws(ErrorAnswer) in
                    if let refusal = collected.refusal { throw refusal }
                    return try Request(library, bodyLength: collected.bodyLength, peer: connection.peer)
                }
                putBack(file)
            }
            let exchange = Exchange(
                server: self, connection: connection, keepsConnection: collected.keepsConnection, library: library)
            switch request {
            case .success(let request): handler.handle(request) { exchange.answer($0) }
            case .failure(let refusal): exchange.answer(refusal.response)
            }
        } catch {
            logger.error("A FastCGI request could not be served", metadata: ["error": "\(error)"])
            loop.finish(connection, keeps: false)
        }
    }

    /// Frames an answer and hands it to the event loop.
    func send(_ response: Response, of library: LibraryRequest, on connection: Connection, keepsConnection: Bool) {
        do {
            let file = try files.take()
            guard library.finish(response, into: file) else {
                throw FastCGIError(code: .system, message: "libfcgi could not write an answer")
            }
            libraries.giveBack(library)
            try file.withWritten { loop.deliver($0, to: connection, keeps: keepsConnection) }
            putBack(file)
        } catch {
            logger.error("A FastCGI request could not be answered", metadata: ["error": "\(error)"])
            loop.finish(connection, keeps: false)
        }
    }

    private func putBack(_ file: ScratchFile) {
        file.trim()
        files.giveBack(file)
    }
}
