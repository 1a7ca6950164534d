public import EventQueue
public import ListenerKit

/// How a delivery engine works.
public struct EngineSettings: Sendable {
    /// How long a lane is ours without renewal.
    public var lease: Duration
    public var retry: RetryPolicy
    /// How many deliveries of a listener are read ahead: many lanes at once make settlements large, and deep ones claims rare.
    public var readAhead: Int
    /// How much of a listener is read ahead before no more is, in bytes.
    public var readAheadBytes = 16 << 20
    /// How many deliveries a lane may start before others get their turn.
    public var orderedQuantum = 64
    public var sharedQuantum = 2048
    /// How long a shared lane is held at the most where nobody waits for it.
    public var longestHold = Duration.seconds(10)
    /// Whether lanes with nothing to do are kept for a moment, so that the router can hand over what comes next: shared ones, and
    /// while there is a backlog those of keys.
    public var lingers = false
    /// How long settlements that nothing waits for are gathered before they are written: each transaction costs the same.
    public var gathering = Duration.zero
    /// How many settlements go into one transaction at the most.
    public var settleBatch: Int
    /// How many lanes are given back or read on in one transaction at the most: the router waits for its COMMIT.
    var changeBatch = 500
    /// How many leases are renewed in one transaction at the most: many, because they must not be late, and few enough for the least
    /// `max_allowed_packet` beside all else.
    var renewalBatch = 10_000
    /// How long what somebody has locked is left alone.
    var lockPause = Duration.seconds(1)
    /// How long a delivery is kept whose attempt could not be prepared, before it is put back.
    public var preparationPause = Duration.milliseconds(200)
    /// How long the text of one transaction may become, about, in bytes: half of what the least `max_allowed_packet` takes.
    var settleBytes = 512 << 10
    /// How long after its time limit a listener may still return before its delivery is settled without it.
    public var abandonAfter = Duration.seconds(5)
    /// How long a stop waits until what it has put back is written, where the database is away.
    public var writingLimit = Duration.seconds(5)

    public init(
        lease: Duration = .seconds(15), retry: RetryPolicy = RetryPolicy(), readAhead: Int = 8192,
        settleBatch: Int = 500
    ) {
        self.lease = lease
        self.retry = retry
        self.readAhead = readAhead
        self.settleBatch = settleBatch
    }

    /// How many deliveries are read at once.
    public var depth: LaneDepth { LaneDepth(ordered: 32, shared: min(max(readAhead / 4, 1), 512)) }

    func quantum(for key: LaneKey) -> Int { key.isOrdered ? orderedQuantum : sharedQuantum }
}
