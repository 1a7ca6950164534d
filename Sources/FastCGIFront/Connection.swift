import Dispatching

/// One accepted connection.
///
/// `@unchecked Sendable`: `descriptor` and `peer` may be read by any thread; everything else belongs to the event loop's thread.
final class Connection: @unchecked Sendable {
    let descriptor: Int32
    let peer: Request.Peer

    var collector: RequestCollector
    /// Whether a request is being served. Meanwhile the loop leaves the socket alone, so that the answer is the only thing written.
    var isServed = false
    /// Whether something has happened on the socket meanwhile, to be looked at afterwards.
    var hasNews = false
    /// Bytes that came behind the request being served.
    var leftover: [UInt8] = []
    /// What the peer has not yet taken of an answer, and how far it is sent.
    var unsent: [UInt8] = []
    var sentBytes = 0
    var keepsAfterSending = false
    /// Bytes taken from the ``ByteBudget`` for its request.
    var held = 0
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

    /// Whether some news may be looked at now; if not, they are noted.
    func takesNews() -> Bool {
        if isServed { hasNews = true }
        return !isServed
    }
}
