import Glibc

/// The socket on which connections arrive: non-blocking, closed on exec, and ours to remove.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    /// Whether its connections come from a unix socket.
    let isUnix: Bool
    /// The TCP port really bound.
    let port: Int?
    private let file: SocketFile?

    private init(descriptor: Int32, isUnix: Bool, port: Int?, file: SocketFile?) {
        self.descriptor = descriptor
        self.isUnix = isUnix
        self.port = port
        self.file = file
    }

    /// Opens the socket; from here on the kernel queues connections.
    ///
    /// - Throws: ``FastCGIError``.
    static func open(_ address: ListeningAddress, backlog: Int) throws -> ListeningSocket {
        switch address {
        case .unixSocket(let path, let mode, let group):
            try openUnix(path: path, mode: mode, group: group, backlog: backlog)
        case .tcp(let host, let port):
            try openTCP(host: host, port: port, backlog: backlog)
        case .inherited:
            try inherit(handedOver())
        }
    }

    /// Stops listening. Connections that were not accepted are refused by the kernel.
    func shutDown() {
        close(descriptor)
        file?.remove()
    }

    private static func openUnix(path: String, mode: UInt16, group: String?, backlog: Int) throws -> ListeningSocket {
        let groupID = try group.map(groupID(named:))
        try SocketFile.removeStale(at: path)
        let descriptor = try makeStreamSocket(AF_UNIX)
        do {
            try withUnixAddress(path) { address, length in
                try check(bind(descriptor, address, length), "cannot bind \(path)")
            }
            // Nobody can connect before listen(), so the permissions are in force first; the umask, which all threads
            // share, stays as it is.
            if let groupID { try check(chown(path, uid_t.max, groupID), "cannot give \(path) to group \(group ?? "")") }
            try check(chmod(path, mode_t(mode)), "cannot set the mode of \(path)")
            try check(listen(descriptor, Int32(clamping: backlog)), "cannot listen on \(path)")
            return ListeningSocket(descriptor: descriptor, isUnix: true, port: nil, file: SocketFile(path: path))
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func openTCP(host: String, port: Int, backlog: Int) throws -> ListeningSocket {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let first = list else {
            let reason = String(cString: gai_strerror(status))
            throw FastCGIError(code: .invalidAddress, message: "cannot listen on \(host):\(port): \(reason)")
        }
        defer { freeaddrinfo(list) }
        let descriptor = try makeStreamSocket(first.pointee.ai_family)
        do {
            var on: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            try check(
                bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen), "cannot bind \(host):\(port)")
            try check(listen(descriptor, Int32(clamping: backlog)), "cannot listen on \(host):\(port)")
            let local = SocketAddress.local(of: descriptor)
            return ListeningSocket(descriptor: descriptor, isUnix: false, port: local.port, file: nil)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Where the starting process left its socket: descriptor 3 where systemd says that it is for us (sd_listen_fds(3)), else 0,
    /// as FastCGI has it.
    private static func handedOver() -> Int32 {
        let process = getenv("LISTEN_PID").flatMap { pid_t(String(cString: $0)) }
        return process == getpid() ? 3 : STDIN_FILENO
    }

    /// Takes over a listening socket that somebody else opened, and puts `/dev/null` in its place so that no later `open`
    /// gets a standard descriptor's number.
    static func inherit(_ inherited: Int32) throws -> ListeningSocket {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(inherited, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening == 1 else {
            throw FastCGIError(code: .invalidAddress, message: "descriptor \(inherited) is not a listening socket")
        }
        let descriptor = fcntl(inherited, F_DUPFD_CLOEXEC, 3)
        try check(descriptor, "cannot duplicate descriptor \(inherited)")
        let null = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        if null >= 0 {
            dup2(null, inherited)
            close(null)
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        let local = SocketAddress.local(of: descriptor)
        return ListeningSocket(descriptor: descriptor, isUnix: local.isUnix, port: local.port, file: nil)
    }

    private static func groupID(named name: String) throws -> gid_t {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        let status = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) {
            getgrnam_r(name, &entry, $0.baseAddress, $0.count, &found)
        }
        guard status == 0, found != nil else {
            throw FastCGIError(code: .invalidAddress, message: "there is no group \(name)")
        }
        return entry.gr_gid
    }
}

/// Throws what `errno` says when a system call has answered -1.
private func check(_ status: Int32, _ action: @autoclosure () -> String) throws {
    if status < 0 { throw FastCGIError.system(action()) }
}
