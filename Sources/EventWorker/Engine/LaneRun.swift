import EventQueue

/// A lane that we hold: what has been read of it, and what is under way.
final class LaneRun {
    /// The claim that is in force, or was the last to be.
    private(set) var lane: Lane
    /// The first claim since which nobody else has had the lane, as far as we know.
    private var unbrokenSince: Int64
    /// Whether the claim is not in force any more. What it has under way is waited for.
    private(set) var isLost = false
    /// Whether it is known that the claim was committed.
    private(set) var isConfirmed = true
    let listener: EngineState.ListenerState
    /// Our own clock's idea of when the lease ends; never later than the database's.
    var leaseEnd: Duration
    /// Read and not yet started, in event order.
    private(set) var waiting: [OpenDelivery]
    private(set) var next = 0
    /// How much memory `waiting` takes, in bytes.
    private(set) var waitingBytes = 0
    /// Started and not yet settled, by event.
    var open: Set<Int64> = []
    /// How many of `open` are still being delivered.
    var running = 0
    /// The last event that was read.
    private(set) var lastRead: Int64
    /// Whether the database may hold more behind `lastRead`.
    private(set) var hasMore: Bool
    /// Whether the next reading is to begin where the lane begins.
    private(set) var readsFromStart = false
    /// How often deliveries had been put into the lane when it was read last.
    private var turn: Int64
    /// The latest turn that we were told of.
    private var latestTurn: Int64
    /// Since when it is ours, on our own clock.
    let heldSince: Duration
    /// Whether our router has put something in since the last look, next to what was there.
    private var isFresh = false
    /// How many looks in a row were spared because of that.
    private var looksSpared = 0
    private static let looksToSpare = 9
    /// How many more may be started before the lane is given back, so that other workers and lanes get their turn.
    private(set) var quantum: Int
    /// The quantum is used up, and something is still under way.
    private var isComingToRest = false
    /// Nothing has come for a while.
    private(set) var hasRested = false
    private var isResting = false
    /// Set when the lane is to be given back as soon as nothing of it is under way.
    var isClosing = false
    /// Set by a failed attempt of a lane whose deliveries wait for one another.
    var backOff: Duration?
    /// A change of this lane is being written.
    var isChanging = false
    /// The event that stands for this lane among those that can start; 0 for none.
    var announced: Int64 = 0

    init(
        _ loaded: LoadedLane, of listener: EngineState.ListenerState, heldSince: Duration, leaseEnd: Duration,
        quantum: Int
    ) {
        lane = loaded.lane
        unbrokenSince = loaded.lane.epoch
        self.listener = listener
        self.heldSince = heldSince
        self.leaseEnd = leaseEnd
        self.quantum = quantum
        waiting = loaded.deliveries
        waitingBytes = loaded.deliveries.reduce(0) { $0 + $1.size }
        lastRead = loaded.deliveries.last?.eventID ?? 0
        hasMore = loaded.hasMore
        turn = loaded.turn
        latestTurn = loaded.turn
    }

    /// Whether the lane has been ours since that claim, without anybody in between.
    func isUnbroken(since claim: Lane) -> Bool {
        !isLost && claim.epoch >= unbrokenSince
    }

    /// Starts nothing more: the claim is not in force. A lease that is over has what is under way cancelled.
    func lose() {
        isLost = true
        leaseEnd = .zero
        dropWaiting()
        hasMore = false
    }

    /// Goes on under a later claim of ours: the database's clock, or we ourselves, were away for longer than the lease. What is under
    /// way is waited for; all else is read anew.
    func goOn(under claim: LoadedLane, until leaseEnd: Duration, isConfirmed: Bool) {
        if isLost || !self.isConfirmed || claim.lane.epoch != lane.epoch + 1 {
            unbrokenSince = claim.lane.epoch
            backOff = nil
        }
        lane = claim.lane
        isLost = false
        self.isConfirmed = isConfirmed
        isClosing = false
        self.leaseEnd = leaseEnd
        turn = claim.turn
        latestTurn = max(latestTurn, claim.turn)
        isChanging = false
        dropWaiting()
        lastRead = 0
        expectMore()
    }

    /// What would be started next.
    var head: OpenDelivery? { next < waiting.count ? waiting[next] : nil }

    var waitingCount: Int { waiting.count - next }

    /// Whether the head may have killed an earlier worker.
    var isHeadSuspect: Bool { head.map { $0.eventID <= lane.suspectThrough } ?? false }

    /// Whether the head may start now. In a lane with a key nothing else may be open: the one before must be settled, not merely
    /// delivered, or a kill could repeat it behind its successor.
    var canStart: Bool {
        guard !isClosing, backOff == nil, head != nil, quantum > 0 else { return false }
        return !lane.key.isOrdered || open.isEmpty
    }

    /// How many deliveries can be expected to start without anything being routed: none behind one that is under way and must be
    /// waited for, perhaps for long.
    func supply(depth: LaneDepth) -> Int {
        guard !isClosing, lane.key.isShared || canStart else { return 0 }
        return waitingCount + (hasMore ? depth.limit(for: lane.key) : 0)
    }

    /// Notes that the lane does not stand for `event` among those that can start any more.
    func retract(_ event: Int64) {
        if announced == event { announced = 0 }
    }

    /// Notes a new lease. Of two that were asked for at once the later one is in force.
    func renew(until end: Duration) {
        leaseEnd = max(leaseEnd, end)
        isConfirmed = true
    }

    func takeHead() -> OpenDelivery? {
        guard let delivery = head else { return nil }
        next += 1
        waitingBytes -= delivery.size
        quantum -= 1
        open.insert(delivery.eventID)
        running += 1
        if next == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            next = 0
        }
        return delivery
    }

    /// Changes what waits here, and keeps count of it.
    @discardableResult
    func counted<Result>(_ change: (LaneRun) -> Result) -> Result {
        let before = waitingBytes
        defer { listener.waitingBytes += waitingBytes - before }
        return change(self)
    }

    /// Forgets what was read and not started.
    func dropWaiting() {
        waiting.removeAll()
        waitingBytes = 0
        next = 0
    }

    /// Something may have arrived behind what was read; before it, too, where others route: of two events that are accepted at
    /// the same time the later one may be in its lane first.
    func expectMore() {
        hasMore = true
        readsFromStart = true
    }

    /// Whether to look again for what others have put in. Our own router would have told had they done so before it did, most of the
    /// time: a reading of what follows, and a turn of its own without room, hide what came before. So now and then all the same.
    func takeLook() -> Bool {
        looksSpared = isFresh && !readsFromStart && looksSpared < Self.looksToSpare ? looksSpared + 1 : 0
        isFresh = false
        return looksSpared == 0
    }

    func append(_ refill: Refill, after: Int64, limit: Int) {
        turn = refill.turn
        hasMore = refill.deliveries.count >= limit || turn < latestTurn
        // One that was under way when the reading from the start was asked for is none.
        if after == 0 {
            readsFromStart = false
            lastRead = 0
        }
        append(refill.deliveries.filter { !open.contains($0.eventID) })
        // What is behind that is read next, whatever was read further on before.
        lastRead = max(lastRead, refill.deliveries.last?.eventID ?? 0)
    }

    /// Takes deliveries that the router has just put in.
    ///
    /// - Returns: false where they are to be read from the table instead: where another worker's router has put something in
    ///   between, and while a change is being written that reads or gives back.
    func extend(by added: AddedDeliveries) -> Bool {
        latestTurn = max(latestTurn, added.turn)
        guard !hasMore, !isChanging, !isClosing, turn == added.turn - 1, !added.deliveries.isEmpty,
            added.first > lastRead
        else {
            hasMore = true
            // What another worker's router has put in between may be older than what was read.
            if turn < added.turn - 1 { readsFromStart = true }
            return false
        }
        turn = added.turn
        isFresh = true
        hasMore = added.hasMore
        append(added.deliveries)
        return true
    }

    /// Notes that nothing is there. Called now and then: whoever rests at two calls in a row has rested.
    func rest() {
        hasRested = isResting
        isResting = true
    }

    /// Lets the lane go on where nobody waits for its turn.
    func renew(quantum: Int) {
        self.quantum = quantum
    }

    /// Where something is under way for long, the lane does not stand still until it can be given back: it goes on for another
    /// quantum. Called now and then.
    func waitForRest(renewing quantum: Int) {
        if isComingToRest { self.quantum = quantum }
        isComingToRest.toggle()
    }

    private func append(_ deliveries: [OpenDelivery]) {
        guard let last = deliveries.last else { return }
        isResting = false
        hasRested = false
        waiting.removeFirst(next)
        next = 0
        waiting += deliveries
        waitingBytes += deliveries.reduce(0) { $0 + $1.size }
        lastRead = max(lastRead, last.eventID)
    }
}
