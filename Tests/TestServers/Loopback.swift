import Glibc

/// Ports of 127.0.0.1.
public enum Loopback {
    /// A port that nobody listens on.
    ///
    /// Drawn below the range that the kernel gives to outgoing connections (32768 and up), so that none of those takes it
    /// before a server does.
    ///
    /// - Throws: ``ServerError`` where a thousand draws find none.
    public static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 15_000..<32_000)
            if try withSocket({ call(bind, $0, port: port) == 0 }) { return port }
        }
        throw ServerError("No port of 127.0.0.1 is free.")
    }

    /// Whether somebody listens on the port.
    public static func isListening(on port: Int) -> Bool {
        (try? withSocket { call(connect, $0, port: port) == 0 }) ?? false
    }

    private static func withSocket(_ body: (Int32) -> Bool) throws -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServerError("No socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        return body(descriptor)
    }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, port: Int
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
