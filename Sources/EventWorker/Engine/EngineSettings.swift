public import EventQueue
public import ListenerKit

/// How a delivery engine works.
public struct EngineSettings: Sendable {
    /// How long a lane is ours without renewal.
    public var lease: Duration
    public var retry: RetryPolicy
    /// How many deliveries of a listener are read ahead.
    public var readAhead: Int
    /// How many deliveries a lane may start before others get their turn.
    public var orderedQuantum = 64
    public var sharedQuantum = 2048
    /// How many settlements go into one transaction at the most.
    public var settleBatch: Int
    /// How long after its time limit a listener may still return before its delivery is settled without it.
    public var abandonAfter = Duration.seconds(5)

    public init(
        lease: Duration = .seconds(15), retry: RetryPolicy = RetryPolicy(), readAhead: Int = 1024,
        settleBatch: Int = 500
    ) {
        self.lease = lease
        self.retry = retry
        self.readAhead = readAhead
        self.settleBatch = settleBatch
    }

    /// How many deliveries are read at once.
    public var depth: LaneDepth { LaneDepth(ordered: 16, shared: max(readAhead / 4, 1)) }

    func quantum(for key: LaneKey) -> Int { key.isOrdered ? orderedQuantum : sharedQuantum }
}
