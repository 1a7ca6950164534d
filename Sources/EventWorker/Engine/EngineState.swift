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
    var lanes: [Int64: LaneRun] = [:]
    var listeners: [String: ListenerState] = [:]
    var finished: [Settlement] = []
    /// What could not be written because somebody has locked it, and until when it is left alone.
    var postponed: [(settlement: Settlement, until: Duration)] = []
    /// When an app was last seen to have something locked.
    var lastSeenLocked: Duration?
    /// Whether something can start only when the next batch is written: the next of an ordered lane, or what has to be read.
    var isAwaited = false
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
    var isStalled = false

    var takesOn: Bool { !isStopping && !isStalled && pausedAt == nil }

    /// Nothing is held any more.
    var isIdle: Bool { lanes.isEmpty && finished.isEmpty && postponed.isEmpty }

    /// Nothing is to be waited for but what somebody has locked.
    var isAtRest: Bool {
        let waiting = Set(postponed.map(\.settlement.lane.id))
        return finished.isEmpty && lanes.values.allSatisfy { $0.running == 0 && waiting.contains($0.lane.id) }
    }

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

    /// Notes whether the last claim left ready lanes of a listener behind.
    mutating func note(_ listener: String, isCaughtUp: Bool) {
        if isCaughtUp { caughtUp.insert(listener) } else { caughtUp.remove(listener) }
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
            guard added.first <= run.lastRead else { return }
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
        guard let run = lanes[lane.id] else {
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
    mutating func putBack(_ eventID: Int64, in run: LaneRun) {
        run.open.remove(eventID)
        run.listener.held -= 1
        close(run)
        touched.insert(run.lane.id)
        forgetIfEnded(run)
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

    mutating func close(_ run: LaneRun) {
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
}
