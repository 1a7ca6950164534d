import EventModel
import EventQueue
import HeapModule
import ListenerKit

/// All that a delivery engine knows, as a value: methods change it and say what is to be done; the engine does it.
struct EngineState {
    /// A delivery under way.
    private struct Place: Equatable {
        let laneID: Int64
        let eventID: Int64
    }

    let settings: EngineSettings
    private(set) var lanes: [Int64: LaneRun] = [:]
    private var listeners: [String: ListenerState] = [:]
    private var finished: [Settlement] = []
    /// Whether something can start only when the next batch is written: the next of an ordered lane, or what has to be read.
    private var isAwaited = false
    /// Lanes with something to write besides settlements.
    var touched: Set<Int64> = []
    /// The suspect that is on trial.
    private var trial: Place?
    /// Lanes whose heads wait for theirs.
    private var awaitingTrial: Set<Int64> = []
    /// Listeners whose ready lanes are all claimed.
    private(set) var caughtUp: Set<String> = []
    /// Whether our router has more to route than it has looked at.
    var isRouterBehind = false
    /// Whether no other daemon lives, that would wait for lanes.
    var isAlone = false
    private(set) var isStopping = false
    /// Since when nothing is started or taken on, on our clock.
    private(set) var pausedAt: Duration?

    init(settings: EngineSettings) {
        self.settings = settings
    }

    /// Whether the last batch could not be written. Meanwhile nothing is started or claimed: what cannot be settled would only go
    /// out twice, and a claim of our own run-out lanes would make what is settled already look lost.
    private(set) var isStalled = false

    var takesOn: Bool { !isStopping && !isStalled && pausedAt == nil }

    /// Nothing is held any more.
    var isIdle: Bool { lanes.isEmpty && finished.isEmpty }

    var laneCount: Int { lanes.count }

    /// How many deliveries of a listener are under way.
    func running(of listener: String) -> Int { listeners[listener]?.running ?? 0 }

    /// How many lanes stand in line to start something.
    var readyCount: Int { listeners.values.reduce(0) { $0 + $1.ready.count } }

    /// How many more deliveries of a listener may be read.
    func room(for listener: String) -> Int {
        guard takesOn else { return 0 }
        guard let state = listeners[listener] else { return settings.readAhead }
        return state.waitingBytes < settings.readAheadBytes ? max(settings.readAhead - state.held, 0) : 0
    }

    /// When the lease ends of what was started under `claim`, unless it is renewed; nil where that is not ours any more.
    func leaseEnd(of claim: Lane) -> Duration? { unbroken(since: claim)?.leaseEnd }

    /// The claim that is in force for what was started under `claim`; nil where that is not ours any more.
    func claimInForce(for claim: Lane) -> Lane? { unbroken(since: claim)?.lane }

    /// Notes whether the last claim left ready lanes of a listener behind.
    mutating func note(_ listener: String, isCaughtUp: Bool) {
        if isCaughtUp { caughtUp.insert(listener) } else { caughtUp.remove(listener) }
    }

    /// Takes lanes that were claimed with a lease that ends at `leaseEnd`.
    ///
    /// - Parameter isConfirmed: whether the claim is known to have been committed.
    mutating func add(_ loaded: [LoadedLane], leaseEnd: Duration, isConfirmed: Bool = true) {
        for lane in loaded {
            let id = lane.lane.id
            if let run = lanes[id] {
                // Learned of twice, or later than the one after it.
                if run.lane.epoch > lane.lane.epoch || held(lane.lane) != nil { continue }
                // An earlier claim of ours has run out, and we may not have been told.
                if !run.open.isEmpty {
                    run.listener.held -= run.waitingCount
                    run.counted { $0.goOn(under: lane, until: leaseEnd, isConfirmed: isConfirmed) }
                    touched.insert(id)
                    if isStopping { close(run) }
                    continue
                }
                remove(id)
            }
            let listener = listeners[lane.lane.listener] ?? ListenerState()
            listeners[lane.lane.listener] = listener
            let run = LaneRun(
                lane, of: listener, heldSince: leaseEnd - settings.lease, leaseEnd: leaseEnd,
                quantum: settings.quantum(for: lane.lane.key))
            lanes[id] = run
            listener.held += lane.deliveries.count
            listener.waitingBytes += run.waitingBytes
            if lane.deliveries.isEmpty { touched.insert(id) }
            if isStopping { close(run) }
            announce(run)
        }
    }

    /// Takes what the router has just put into a lane that is ours.
    mutating func extend(by added: AddedDeliveries) {
        guard let run = held(added.lane) else { return }
        if run.counted({ $0.extend(by: added) }) {
            run.listener.held += added.deliveries.count
            // One that was delivered and is not settled yet keeps it waiting.
            if run.lane.key.isOrdered, run.running == 0, !run.open.isEmpty { isAwaited = true }
            announce(run)
        } else {
            touched.insert(run.lane.id)
            isAwaited = true
            // Behind its back, as a scheduled event that became due: the lane is read from its start again.
            guard let first = added.deliveries.first, first.eventID <= run.lastRead else { return }
            if run.lane.key.isOrdered { close(run) } else { run.expectMore() }
        }
    }

    /// Has lanes read on that keep deliveries under way beside one another: what arrived since need not wait for those to end.
    mutating func lookAgain(at listener: String) {
        for (id, run) in lanes where run.lane.listener == listener && run.lane.key.isShared && run.waitingCount == 0 {
            guard !run.isLost, run.takeLook() else { continue }
            run.expectMore()
            touched.insert(id)
        }
    }

    /// Which deliveries to start now: per listener as many as have room, the oldest event first.
    mutating func takeStarts(now: Duration, subscriptions: Subscriptions) -> [Start] {
        guard takesOn else { return [] }
        var starts: [Start] = []
        for (name, state) in listeners {
            guard let listener = subscriptions.listeners[name] else {
                closeAll(of: name)
                continue
            }
            while state.running < listener.maximumInFlight, let ready = state.ready.popMin() {
                guard let run = lanes[ready.laneID] else { continue }
                run.retract(ready.eventID)
                guard run.canStart, run.head?.eventID == ready.eventID else { continue }
                guard run.leaseEnd - now > settings.lease / 5 else {
                    touched.insert(ready.laneID)
                    continue
                }
                guard takesTurn(run, listener: listener) else { continue }
                if let start = start(run, listener: listener, now: now) { starts.append(start) }
            }
        }
        return starts
    }

    /// Notes that a delivery has ended.
    mutating func finish(_ settlement: Settlement?, lane: Lane, eventID: Int64) {
        guard let run = holder(of: lane) else {
            assertionFailure("a lane was forgotten with something under way")
            return
        }
        run.listener.running -= 1
        run.running -= 1
        if let settlement {
            finished.append(settlement)
            if lane.key.isOrdered, run.head != nil { isAwaited = true }
            if case .retry(_, _, let delay) = settlement.result, !lane.key.isShared, run.isUnbroken(since: lane) {
                run.backOff = delay
            }
        } else {
            putBack(eventID, in: run)
        }
        touched.insert(lane.id)
        passTurn()
    }

    /// There is nothing to write about a delivery, but those behind it must not overtake it.
    private mutating func putBack(_ eventID: Int64, in run: LaneRun) {
        run.open.remove(eventID)
        run.isClosing = true
        run.listener.held -= 1
        touched.insert(run.lane.id)
        forgetIfEnded(run)
    }

    /// Whether something waits for what is to be written: a stop, the next of an ordered lane, or more that would not fit.
    var isWritingUrgent: Bool {
        isStopping || isAwaited || finished.count >= settings.settleBatch / 2
    }

    /// What to write next.
    mutating func takeBatch(now: Duration) -> Batch {
        var batch = Batch()
        var bytes = 0
        let next = finished.prefix(settings.settleBatch).prefix { settlement in
            defer { bytes += settlement.writtenBytes }
            return bytes < settings.settleBytes
        }
        finished.removeFirst(next.count)
        isAwaited = finished.contains { $0.lane.key.isOrdered }
        batch.settlements = next.compactMap { saidOfClaimInForce($0) }
        var settling: [Int64: Int] = [:]
        for settlement in batch.settlements where held(settlement.lane) != nil {
            settling[settlement.lane.id, default: 0] += 1
        }
        var room = settings.changeBatch
        let candidates = touched
        touched.removeAll(keepingCapacity: true)
        for id in candidates {
            guard let run = lanes[id], !run.isLost else { continue }
            if run.isChanging {
                touched.insert(id)
                continue
            }
            let openAfter = run.open.count - (settling[id] ?? 0)
            let action = run.action(openAfter: openAfter, now: now, settings: settings, isRouterBehind: isRouterBehind)
            guard let action else {
                if openAfter > run.running { touched.insert(id) }
                continue
            }
            if action != .keep {
                guard room > 0 else {
                    touched.insert(id)
                    isAwaited = true
                    continue
                }
                room -= 1
            }
            // Nothing starts in what is being given back.
            if action.givesBack { run.isClosing = true }
            run.isChanging = true
            batch.changes.append(LaneChange(lane: run.lane, action: action))
        }
        // What could not be written is not ours to write any more.
        if batch.isEmpty { isStalled = false }
        return batch
    }

    /// A result, of the claim that is in force. Where somebody else had the lane in between, a failure is none of ours to count: it is
    /// tried again if it is still there.
    private mutating func saidOfClaimInForce(_ settlement: Settlement) -> Settlement? {
        guard let run = holder(of: settlement.lane), run.lane != settlement.lane, !run.isLost else { return settlement }
        if case .retry = settlement.result, !run.isUnbroken(since: settlement.lane) {
            putBack(settlement.eventID, in: run)
            return nil
        }
        return settlement.moved(to: run.lane)
    }

    /// Notes that `batch`, sent at `sentAt`, was written.
    mutating func written(_ batch: Batch, answer: Settled, sentAt: Duration) {
        isStalled = false
        for lost in answer.lostLanes { lose(lost) }
        for settlement in batch.settlements {
            guard let run = holder(of: settlement.lane) else { continue }
            if answer.lostLanes.contains(settlement.lane), !run.isLost {
                // Ours again meanwhile: it is to be said of the claim in force.
                finished.append(settlement)
                isAwaited = true
                continue
            }
            run.listener.held -= 1
            run.open.remove(settlement.eventID)
            forgetIfEnded(run)
        }
        for change in batch.changes { complete(change, answer: answer, sentAt: sentAt) }
        for settlement in batch.settlements {
            if let run = lanes[settlement.lane.id] { announce(run) }
        }
        passTurn()
    }

    /// Notes that `batch` could not be written: it is to be tried again.
    mutating func notWritten(_ batch: Batch) {
        isStalled = true
        finished.insert(contentsOf: batch.settlements, at: 0)
        isAwaited = true
        for change in batch.changes {
            guard let run = held(change.lane) else { continue }
            run.isChanging = false
            touched.insert(run.lane.id)
        }
    }

    /// Starts nothing and takes nothing on, and keeps what it has.
    mutating func pause(now: Duration) {
        pausedAt = pausedAt ?? now
    }

    /// Starts nothing more, and gives lanes back as they come to rest.
    mutating func stop() {
        isStopping = true
        for run in lanes.values { close(run) }
    }

    /// Whether the head may start as far as other suspects are concerned.
    ///
    /// Attempts of suspects are counted ahead, so a worker's death counts for all that were under way, whoever caused it. Hence
    /// one whose attempts were all used up by deaths is tried once more, and no other such one beside it until it is settled:
    /// nobody becomes a dead letter for another's doing.
    private mutating func takesTurn(_ run: LaneRun, listener: RegisteredListener) -> Bool {
        guard run.isHeadSuspect, let head = run.head,
            head.attempts >= head.maximumAttempts(at: listener)
        else { return true }
        guard trial == nil else {
            awaitingTrial.insert(run.lane.id)
            return false
        }
        trial = Place(laneID: run.lane.id, eventID: head.eventID)
        return true
    }

    /// Lets the next one be tried where the one before is settled.
    mutating func passTurn() {
        guard let tried = trial, !(lanes[tried.laneID]?.open.contains(tried.eventID) ?? false) else { return }
        trial = nil
        for waiting in awaitingTrial {
            if let run = lanes[waiting] { announce(run) }
        }
        awaitingTrial.removeAll()
    }

    private mutating func start(_ run: LaneRun, listener: RegisteredListener, now: Duration) -> Start? {
        let isSuspect = run.isHeadSuspect
        guard let delivery = run.counted({ $0.takeHead() }) else { return nil }
        run.listener.running += 1
        if run.quantum == 0, staysWithUs(run, now: now) { run.renew(quantum: settings.sharedQuantum) }
        announce(run)
        if !run.lane.key.isOrdered, run.hasMore, run.waitingCount < settings.depth.shared / 2 {
            touched.insert(run.lane.id)
        }
        return Start(
            lane: run.lane, delivery: delivery, listener: listener, isSuspect: isSuspect, leaseEnd: run.leaseEnd)
    }

    /// Whether nobody is there to take the lane's turn: neither another worker, nor another lane of the listener. Not for ever: who
    /// claims it anew finds what came in behind our back.
    private func staysWithUs(_ run: LaneRun, now: Duration) -> Bool {
        run.lane.key.isShared && isAlone && caughtUp.contains(run.lane.listener)
            && now - run.heldSince < settings.longestHold
    }

    /// Puts a lane among those of its listener that can start, once: while nothing starts, nothing is taken out.
    mutating func announce(_ run: LaneRun) {
        if run.canStart, let head = run.head {
            guard run.announced != head.eventID else { return }
            run.announced = head.eventID
            run.listener.ready.insert(Ready(eventID: head.eventID, laneID: run.lane.id))
        } else if run.open.isEmpty {
            touched.insert(run.lane.id)
        }
    }

    private mutating func complete(_ change: LaneChange, answer: Settled, sentAt: Duration) {
        guard let run = held(change.lane), !answer.lostLanes.contains(change.lane) else { return }
        run.isChanging = false
        switch change.action {
        case .release, .backOff:
            remove(run.lane.id)
        case .keep:
            run.renew(until: sentAt + settings.lease)
            announce(run)
        case .refill(let after, let limit):
            run.renew(until: sentAt + settings.lease)
            guard let refill = answer.refills[run.lane.id] else { return }
            let waiting = run.waitingCount
            run.counted { $0.append(refill, after: after, limit: limit) }
            run.listener.held += run.waitingCount - waiting
            if isStopping { close(run) }
            announce(run)
        }
    }

    /// The lane in which something was started under this claim, as long as it is under way.
    private func holder(of claim: Lane) -> LaneRun? {
        guard let run = lanes[claim.id], run.began(under: claim) else { return nil }
        return run
    }

    /// The lane that was claimed so, if it has been ours since.
    private func unbroken(since claim: Lane) -> LaneRun? {
        holder(of: claim).flatMap { $0.isUnbroken(since: claim) ? $0 : nil }
    }

    /// The lane of this very claim, if it is in force as far as we know.
    func held(_ claim: Lane) -> LaneRun? {
        guard let run = lanes[claim.id], run.lane.epoch == claim.epoch, !run.isLost else { return nil }
        return run
    }

    /// Notes that a claim is not in force any more. What is under way is cancelled for that, and until it has ended the lane is not
    /// forgotten: should it become ours again, nothing must start beside it.
    mutating func lose(_ claim: Lane) {
        guard let run = held(claim) else { return }
        run.listener.held -= run.waitingCount
        run.counted { $0.lose() }
        forgetIfEnded(run)
    }

    private mutating func forgetIfEnded(_ run: LaneRun) {
        if run.isLost, run.open.isEmpty { remove(run.lane.id) }
    }

    private mutating func close(_ run: LaneRun) {
        guard !run.isClosing else { return }
        run.listener.held -= run.waitingCount
        run.counted { $0.dropWaiting() }
        run.isClosing = true
        touched.insert(run.lane.id)
    }

    private mutating func closeAll(of listener: String) {
        for run in lanes.values where run.lane.listener == listener { close(run) }
        if listeners[listener]?.held == 0, listeners[listener]?.running == 0 { listeners[listener] = nil }
    }

    /// Forgets a lane of which nothing is under way.
    private mutating func remove(_ id: Int64) {
        guard let run = lanes.removeValue(forKey: id) else { return }
        assert(run.open.isEmpty)
        run.listener.held -= run.waitingCount
        run.listener.waitingBytes -= run.waitingBytes
        touched.remove(id)
    }
}
