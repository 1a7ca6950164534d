import Glibc
import Synchronization

/// Rings at the daemons of this host: something was committed. A hint, never needed: daemons also poll.
public final class Doorbell: Sendable {
    private struct State {
        var bells: [String] = []
        var readAt: ContinuousClock.Instant?
    }

    private let directory: RuntimeDirectory
    private let descriptor: Int32
    private let state = Mutex(State())

    public init(in directory: RuntimeDirectory) {
        self.directory = directory
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Rings. Never waits; where nobody is there, nothing happens.
    public func ring() {
        let now = ContinuousClock.now
        let bells = state.withLock { state in
            if state.readAt.map({ now - $0 > .seconds(1) }) ?? true {
                state.bells = directory.files(.bell).map(\.path)
                state.readAt = now
            }
            return state.bells
        }
        var byte: UInt8 = 1
        for bell in bells {
            _ = withUnixAddress(bell) { address, length in
                sendto(descriptor, &byte, 1, Int32(MSG_DONTWAIT), address, length)
            }
        }
    }
}

/// Hears the doorbell.
public final class DoorbellListener: Sendable {
    private let descriptor: Int32
    private let path: String?
    private let stopped = Atomic(false)

    /// One at which nobody can ring: it only waits.
    public init() throws {
        descriptor = try Self.makeSocket()
        path = nil
    }

    public init(in directory: RuntimeDirectory, worker: Int64) throws {
        let path = directory.file(.bell, worker: worker)
        self.path = path
        unlink(path)
        let descriptor = try Self.makeSocket()
        self.descriptor = descriptor
        let status = withUnixAddress(path) { bind(descriptor, $0, $1) }
        guard status == 0 else {
            // `deinit` closes: every property is set.
            let code = status == nil ? ENAMETOOLONG : errno
            throw NeighbourError("cannot bind \(path)", errno: code)
        }
    }

    deinit {
        if let path { unlink(path) }
        close(descriptor)
    }

    /// Whether ``stop()`` was called.
    public var isStopped: Bool { stopped.load(ordering: .relaxed) }

    /// Waits for a ring or a stop on the calling thread, but no longer than `limit`, and swallows what rang meanwhile.
    public func wait(upTo limit: Duration) {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let (seconds, attoseconds) = limit.components
        // Rounded up: a wait of less than a millisecond is none.
        poll(&watched, 1, Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) > 0 {}
    }

    /// Lets ``wait(upTo:)`` return, now and from now on.
    public func stop() {
        stopped.store(true, ordering: .relaxed)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func makeSocket() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw NeighbourError("cannot make a socket", errno: errno) }
        return descriptor
    }
}

/// Calls `body` with the address of a unix socket; nil where the path is too long for one.
private func withUnixAddress<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < capacity else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
