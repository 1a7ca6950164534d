import Dispatching

/// Turns what was collected into requests, through libfcgi.
///
/// `@unchecked Sendable`: it belongs to one thread, the loop's or a reader's, whatever object holds it.
final class RequestDecoder: @unchecked Sendable {
    private var library: LibraryRequest?

    /// - Throws: ``Dispatching/ErrorAnswer`` for a request that must not be served: a body shorter than announced, no
    ///   REQUEST_URI, too many header fields; ``FastCGIError`` where the system or libfcgi fails.
    func decode(_ collected: CollectedRequest, peer: Request.Peer) throws -> Request {
        if let refusal = collected.refusal { throw refusal }
        let library = try self.library ?? LibraryRequest()
        self.library = nil
        try library.accept(collected.head)
        defer {
            library.release()
            self.library = library
        }
        return try Request(library, body: collected.body, peer: peer)
    }
}

extension Request {
    /// Builds a request out of what libfcgi has read.
    ///
    /// Only REQUEST_URI says what was asked for: front ends decode SCRIPT_NAME, PATH_INFO and even QUERY_STRING each in its
    /// own way.
    fileprivate init(_ library: LibraryRequest, body: [UInt8], peer: Peer) throws(ErrorAnswer) {
        var parameters = Parameters()
        library.forEachParameter { parameters.take($0) }
        guard !parameters.hasTooManyHeaders else { throw ErrorAnswer.tooManyHeaders }
        if let announced = parameters.contentLength {
            guard let length = Int(announced), length >= 0 else {
                throw ErrorAnswer(status: 400, code: "bad_request", message: "CONTENT_LENGTH is not a number.")
            }
            guard body.count >= length else { throw ErrorAnswer.incompleteBody }
        }
        guard let target = parameters.target else {
            throw ErrorAnswer(status: 400, code: "bad_request", message: "The web server does not pass REQUEST_URI.")
        }
        self.init(
            method: parameters.method, path: target.path, query: target.query, headers: parameters.headers, body: body,
            peer: peer)
    }
}
