/// An answer, as both wires send it.
public struct Response: Sendable {
    /// The HTTP status code.
    public let status: Int
    /// Header fields beside `Content-Length`, which the wire adds.
    public private(set) var headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func json(_ status: Int, _ text: String) -> Response {
        var body: [UInt8] = []
        body.reserveCapacity(text.utf8.count + 1)
        body += text.utf8
        body.append(UInt8(ascii: "\n"))
        return Response(status: status, headers: [("Content-Type", "application/json")], body: body)
    }

    /// The same answer with one more header field.
    consuming func adding(_ name: String, _ value: String) -> Response {
        headers.append((name, value))
        return self
    }
}

/// What answers requests, whatever wire they came by.
public protocol RequestHandler: Sendable {
    /// Gives an answer: the wire calls the function that makes it, once, where it sends it.
    typealias Respond = @Sendable (_ answer: @escaping @Sendable () -> Response) -> Void

    /// Whether the body of a request is worth reading: without it, it is refused anyway.
    ///
    /// - Parameter head: the request without its body.
    func admits(_ head: Request) -> Bool

    /// Takes a request and answers it, once, from any thread, now or later. Must not block the calling thread.
    func handle(_ request: Request, respond: @escaping Respond)
}

extension RequestHandler {
    public func admits(_ head: Request) -> Bool { true }
}
