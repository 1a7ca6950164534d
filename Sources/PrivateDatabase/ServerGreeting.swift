import Glibc

/// Whether a MariaDB server answers on a unix socket.
///
/// The server listens long before it is ready; its greeting is what says so. A greeting is a packet whose first byte after the
/// four of its header is the protocol's version, 10 (https://mariadb.com/kb/en/connection/, "Initial Handshake Packet").
enum ServerGreeting {
    /// Connects once and waits for the greeting.
    ///
    /// - Returns: Whether it came before `deadline`; false at once where nobody listens.
    static func arrives(at socketPath: String, before deadline: ContinuousClock.Instant) async throws -> Bool {
        guard let descriptor = connected(to: socketPath) else { return false }
        defer { close(descriptor) }
        var start: [UInt8] = [0, 0, 0, 0, 0]
        while ContinuousClock.now < deadline {
            let count = recv(descriptor, &start, start.count, Int32(MSG_DONTWAIT | MSG_PEEK))
            if count == start.count { return start[4] == 10 }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    private static func connected(to socketPath: String) -> Int32? {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isCopied = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard socketPath.utf8.count < place.count else { return false }
            place.copyBytes(from: socketPath.utf8)
            return true
        }
        let isConnected =
            isCopied
            && withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        guard isConnected else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
