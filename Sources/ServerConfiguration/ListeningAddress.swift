/// Where a front waits for connections.
public enum ListeningAddress: Sendable, Equatable, CustomStringConvertible {
    /// A unix socket at an absolute path of at most 107 bytes (unix(7), `sun_path`).
    case unix(path: String)
    /// A host name or address without brackets, and a port; port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// The socket that the starting process left as descriptor 0 or 3 (spawn-fcgi, systemd, the web server).
    case inherited

    /// Reads `unix:/run/recado/recado.sock`, `127.0.0.1:9100`, `[::1]:9100` or `inherited`; nil where `text` is none of them.
    public init?(_ text: String) {
        if text == "inherited" {
            self = .inherited
        } else if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
            self = .unix(path: path)
        } else {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
                return nil
            }
            var host = text[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                return nil
            }
            guard !host.isEmpty, host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-:%_".contains($0)) })
            else { return nil }
            self = .tcp(host: String(host), port: Int(port))
        }
    }

    /// Whether only this machine can reach it. A unix socket is guarded by its mode, an inherited one by who made it.
    public var isLocal: Bool {
        guard case .tcp(let host, _) = self else { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4Loopback = bytes.count == 4 && bytes[0] == "127" && bytes.allSatisfy { UInt8($0) != nil }
        return isIPv4Loopback || host == "::1" || host.lowercased() == "localhost"
    }

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .inherited: "inherited"
        }
    }
}
