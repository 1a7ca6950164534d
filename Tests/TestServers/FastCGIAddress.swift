/// Where a FastCGI responder listens.
public enum FastCGIAddress: Sendable, Equatable {
    case unixSocket(String)
    /// A port of 127.0.0.1.
    case port(Int)
}
