import EventQueue

/// A lane that we hold: what has been read of it, and what is under way.
struct LaneRun {
    let lane: Lane
    /// Our own clock's idea of when the lease ends; never later than the database's.
    var leaseEnd: Duration
    /// Read and not yet started, in event order.
    private(set) var waiting: [OpenDelivery]
    private(set) var next = 0
    /// Started and not yet settled, by event.
    var open: Set<Int64> = []
    /// How many of `open` are still being delivered.
    var running = 0
    /// The last event that was read.
    private(set) var lastRead: Int64
    /// Whether the database may hold more behind `lastRead`.
    private(set) var hasMore: Bool
    /// How many more may be started before the lane is given back, so that other lanes get their turn.
    var quantum: Int
    /// Set when the lane is to be given back as soon as nothing of it is under way.
    var isClosing = false
    /// Set by a failed attempt of a lane whose deliveries wait for one another.
    var backOff: Duration?
    /// A change of this lane is being written.
    var isChanging = false

    init(_ loaded: LoadedLane, leaseEnd: Duration, quantum: Int) {
        lane = loaded.lane
        self.leaseEnd = leaseEnd
        self.quantum = quantum
        waiting = loaded.deliveries
        lastRead = loaded.deliveries.last?.eventID ?? 0
        hasMore = loaded.hasMore
    }

    /// What would be started next.
    var head: OpenDelivery? { next < waiting.count ? waiting[next] : nil }

    var waitingCount: Int { waiting.count - next }

    /// Whether the head may have killed an earlier worker.
    var isHeadSuspect: Bool { head.map { $0.eventID <= lane.suspectThrough } ?? false }

    /// Whether the head may start now. In a lane with a key, and for a suspect, nothing else may be open: the one before must be
    /// settled, not merely delivered, or a kill could repeat it behind its successor.
    var canStart: Bool {
        guard !isClosing, backOff == nil, head != nil, quantum > 0 else { return false }
        return lane.key.isOrdered || isHeadSuspect ? open.isEmpty : true
    }

    mutating func takeHead() -> OpenDelivery? {
        guard let delivery = head else { return nil }
        next += 1
        quantum -= 1
        open.insert(delivery.eventID)
        running += 1
        if next == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            next = 0
        }
        return delivery
    }

    /// Forgets what was read and not started.
    mutating func dropWaiting() {
        waiting.removeAll()
        next = 0
    }

    /// Something may have arrived behind what was read.
    mutating func expectMore() { hasMore = true }

    mutating func append(_ deliveries: [OpenDelivery], limit: Int) {
        hasMore = deliveries.count >= limit
        guard let last = deliveries.last else { return }
        waiting.removeFirst(next)
        next = 0
        waiting += deliveries
        lastRead = last.eventID
    }
}
