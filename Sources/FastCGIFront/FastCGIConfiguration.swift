import Dispatching

/// What a ``FastCGIFront`` listens on, and the bounds within which it serves.
public struct FastCGIConfiguration: Sendable {
    public var address: ListeningAddress
    /// Threads that decode requests and call the handler, 1 to 64.
    public var readerThreads = 4
    /// Connections kept at once; what comes beyond is closed at once. A connection at rest costs a descriptor, no thread.
    public var maximumConnections = 4096
    /// Bytes of parameters (PARAMS) that one request may have; a connection that sends more is closed.
    public var maximumParameterBytes = 64 << 10
    /// Bytes of body that one request may have; more is answered 413.
    public var maximumBodyBytes = 1 << 20
    /// Bytes of all bodies that are being received or served together; what would pass it is answered 503.
    public var maximumBufferedBytes = ByteBudget.usual
    /// How long the parameters may take from their first byte to their last.
    public var headTimeLimit: Duration = .seconds(10)
    /// How long a body may stand still before it is answered 400, and an answer before its connection is closed.
    public var stallTimeLimit: Duration = .seconds(10)
    /// Connections that may wait to be accepted; the kernel caps it at `net.core.somaxconn`.
    public var backlog = 4096

    public init(address: ListeningAddress) {
        self.address = address
    }
}
