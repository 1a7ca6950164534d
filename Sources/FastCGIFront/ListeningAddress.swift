/// Where a ``FastCGIFront`` waits for the web server.
public enum ListeningAddress: Sendable, Equatable {
    /// A unix socket, made by us. `mode` are the permission bits (`0o660`) and `group` the name of the group that owns it,
    /// both in force before anybody can connect: whoever may write to the socket may send requests.
    case unixSocket(path: String, mode: UInt16, group: String?)
    /// A TCP port; 0 lets the kernel choose one, which ``FastCGIFront/boundPort`` then tells.
    case tcp(host: String, port: Int)
    /// Already listening: descriptor 0, as spawn-fcgi or the web server itself hands it over, or 3, as systemd does.
    case inherited
}

extension ListeningAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unixSocket(let path, _, _): "unix:\(path)"
        case .tcp(let host, let port): "\(host):\(port)"
        case .inherited: "inherited"
        }
    }
}
