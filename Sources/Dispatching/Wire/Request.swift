/// A request as both wires hand it over: FastCGI and plain HTTP look the same from here on.
public struct Request: Sendable {
    /// Who is on the other end of the socket that we accepted.
    public enum Peer: Sendable, Equatable {
        /// A unix socket, whose file permissions say who may connect.
        case unixSocket
        /// A TCP connection from 127.0.0.0/8 or ::1.
        case loopback
        case remote
    }

    /// The method, upper-case.
    public let method: String
    /// The path as it was sent, still percent-encoded, without the query.
    public let path: String
    /// The query as it was sent, without the question mark; empty where there is none.
    public let query: String
    public let headers: HeaderFields
    /// The whole body.
    public var body: [UInt8]
    public let peer: Peer

    public init(
        method: String, path: String, query: String = "", headers: HeaderFields = [:], body: [UInt8] = [],
        peer: Peer
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
    }
}
