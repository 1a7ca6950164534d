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
                state.bells = Array(directory.files(.bell).values)
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
    private let path: String

    public init(in directory: RuntimeDirectory, worker: Int64) throws {
        path = directory.file(.bell, worker: worker)
        unlink(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw NeighbourError("cannot make a socket", errno: errno) }
        self.descriptor = descriptor
        let status = withUnixAddress(path) { bind(descriptor, $0, $1) }
        guard status == 0 else {
            // `deinit` closes: every property is set.
            let code = status == nil ? ENAMETOOLONG : errno
            throw NeighbourError("cannot bind \(path)", errno: code)
        }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }

    /// Waits for a ring, on the calling thread, and swallows those that came with it. Returns false once ``stop()`` was called.
    public func wait() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16)
        var received = recv(descriptor, &bytes, bytes.count, 0)
        while received < 0, errno == EINTR { received = recv(descriptor, &bytes, bytes.count, 0) }
        while recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
        return received > 0
    }

    /// Lets ``wait()`` return.
    public func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
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
