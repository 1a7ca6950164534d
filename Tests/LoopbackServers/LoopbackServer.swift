import BlockingWork
import Glibc
import Synchronization

/// A server on 127.0.0.1 (or another loopback address) at a port of its own, with a thread for each connection.
///
/// What it says is up to the test: `script` gets each accepted connection and plays the receiver on it.
public final class LoopbackServer: Sendable {
    private struct State {
        var open: Set<Int32> = []
        var connections = 0
        var isStopped = false
    }

    public let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// Starts listening. `stop()` must follow.
    public init(script: @escaping @Sendable (Connection) -> Void) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 512) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        precondition(status, "no loopback port")
        port = Int(UInt16(bigEndian: address.sin_port))
        startThread(name: "loopback") { [self] in accept(script) }
    }

    /// How many connections were ever accepted.
    public var connections: Int { state.withLock { $0.connections } }

    /// Closes the listener and every connection.
    public func stop() {
        let open = state.withLock { state in
            state.isStopped = true
            return state.open
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func accept(_ script: @escaping @Sendable (Connection) -> Void) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let isWanted = state.withLock { state in
                guard !state.isStopped else { return false }
                state.connections += 1
                state.open.insert(descriptor)
                return true
            }
            guard isWanted else {
                close(descriptor)
                break
            }
            startThread(name: "loopback") { [self] in
                script(Connection(descriptor: descriptor))
                state.withLock { _ = $0.open.remove(descriptor) }
                close(descriptor)
            }
        }
        close(listener)
    }
}
