import BlockingWork
import CFastCGI
import Dispatching
import Glibc
import Logging

/// Accepts connections for the event loop, whose thread is the only one to use it.
struct Acceptor {
    private static let acceptsInARow = 64

    private let poller: Poller
    private let logger: Logger
    private var listener: ListeningSocket?
    /// Whether the listening socket is left alone for a while.
    private(set) var isPaused = false

    init(listener: ListeningSocket, poller: Poller, logger: Logger) {
        self.listener = listener
        self.poller = poller
        self.logger = logger
    }

    /// Begins to listen, or goes on after a pause.
    mutating func watch() {
        guard let listener else { return }
        isPaused = false
        poller.add(listener.descriptor, [.reading, .exclusive])
    }

    func owns(_ descriptor: Int32) -> Bool {
        listener?.descriptor == descriptor
    }

    /// Accepts who is there, within reason: the loop comes back for more.
    mutating func accept(_ welcome: (_ descriptor: Int32, _ peer: Request.Peer) -> Void) {
        accept(upTo: Self.acceptsInARow, welcome)
    }

    /// Stops listening, after accepting those in the kernel's queue: they have been told that they are connected.
    mutating func stop(backlog: Int, _ welcome: (_ descriptor: Int32, _ peer: Request.Peer) -> Void) {
        accept(upTo: backlog, welcome)
        close()
    }

    mutating func close() {
        listener?.shutDown()
        listener = nil
        isPaused = false
    }

    private mutating func accept(upTo limit: Int, _ welcome: (_ descriptor: Int32, _ peer: Request.Peer) -> Void) {
        guard let listener else { return }
        for _ in 0..<limit {
            var address = SocketAddress()
            let descriptor = address.fill { CFastCGI_accept4(listener.descriptor, $0, $1, socketFlags) }
            if descriptor >= 0 {
                let peer = listener.isUnix ? Request.Peer.unixSocket : address.peer
                if peer != .unixSocket { sendAtOnce(descriptor) }
                welcome(descriptor, peer)
                continue
            }
            switch errno {
            case EAGAIN: return
            case EINTR, ECONNABORTED: continue
            default:
                // Mostly EMFILE: the socket would report news without end, so it rests until the loop's next sweep.
                logger.warning(
                    "Accepting FastCGI connections pauses", metadata: ["error": "\(String(cString: strerror(errno)))"])
                if !isPaused { poller.remove(listener.descriptor) }
                isPaused = true
                return
            }
        }
    }

    /// An answer is one write: there is nothing to wait for.
    private func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}
