import Dispatching
import Synchronization

/// One accepted connection.
///
/// `@unchecked Sendable`: `descriptor`, `peer`, `turn` and `held` may be used by any thread; everything else belongs to
/// the event loop's thread.
final class Connection: @unchecked Sendable {
    let descriptor: Int32
    let peer: Request.Peer
    let turn = Turn()
    /// Bytes taken from the ``ByteBudget`` for its request.
    let held = Atomic<Int>(0)

    var collector: RequestCollector
    /// Bytes that came behind the request being served.
    var leftover: [UInt8] = []
    /// What the peer has not yet taken of an answer, and how far it is sent.
    var unsent: [UInt8] = []
    var sentBytes = 0
    var keepsAfterSending = false
    /// When patience ends, on the loop's clock in milliseconds.
    var deadline: Int64?
    /// Whether the peer has ended its side: nothing comes after what is there.
    var isEnding = false
    /// Whether it has sent nothing yet.
    var isFresh = true

    init(descriptor: Int32, peer: Request.Peer, limits: RequestCollector.Limits) {
        self.descriptor = descriptor
        self.peer = peer
        self.collector = RequestCollector(limits: limits)
    }
}
