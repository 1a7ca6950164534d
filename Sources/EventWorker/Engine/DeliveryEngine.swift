public import EventModel
public import EventQueue
public import ListenerKit
public import Logging
import Observability
import Synchronization

/// Delivers what is in the lanes it is given, and writes what became of it.
///
/// Whoever owns an engine claims lanes and ``add(_:leaseEnd:)``s them; the engine starts deliveries within each listener's limit,
/// keeps the order that each lane asks for, cancels what takes too long, renews leases, and settles in batches: while one
/// transaction commits, the next gathers.
public final class DeliveryEngine: Sendable {
    let state: Mutex<EngineState>
    let running = RunningDeliveries()
    let toWrite = Wakeup()
    /// Ends the gathering of settlements.
    let urgent = Wakeup()
    private let rested = Wakeup()
    let store: any DeliveryStore
    let subscriptions: CurrentSubscriptions
    let settings: EngineSettings
    let lastPreparationFailure = Mutex<(any Error)?>(nil)
    let judge: AttemptJudge
    let time: MonotonicTime
    private let hints: ClaimHints
    let report: DeliveryReport

    public init(
        store: any DeliveryStore, subscriptions: CurrentSubscriptions, settings: EngineSettings, time: MonotonicTime,
        hints: ClaimHints, logger: Logger
    ) {
        state = Mutex(EngineState(settings: settings))
        self.store = store
        self.subscriptions = subscriptions
        self.settings = settings
        judge = AttemptJudge(retry: settings.retry)
        self.time = time
        self.hints = hints
        report = DeliveryReport(logger: logger)
    }

    /// How many deliveries have ended so far, by how.
    public var totals: DeliveryReport.Totals { report.totals }

    /// The last thing that went wrong with what had to be read or counted before an attempt.
    var preparationFailure: (any Error)? { lastPreparationFailure.withLock { $0 } }

    /// How many more deliveries of a listener may be read.
    public func room(for listener: String) -> Int {
        state.withLock { $0.room(for: listener) }
    }

    /// Whether nothing is held.
    public var isIdle: Bool { state.withLock { $0.isIdle } }

    /// Looks for new deliveries in the lanes of a listener that are held already.
    public func lookAgain(at listener: String) {
        state.withLock { $0.lookAgain(at: listener) }
        toWrite.signal()
    }

    /// Takes lanes over. `leaseEnd` is on our clock, counted from before the claim was sent.
    public func add(_ lanes: [LoadedLane], leaseEnd: Duration) {
        guard !lanes.isEmpty else { return }
        startReady { $0.add(lanes, leaseEnd: leaseEnd) }
        toWrite.signal()
    }

    /// Takes over what `claim` claims. Where the answer to its COMMIT is lost, the lanes' leases are renewed before anything
    /// starts, which tells whether they are ours.
    func takeOver(_ claim: () async throws -> [LoadedLane]) async throws -> [LoadedLane] {
        let sentAt = time.now
        do {
            let lanes = try await claim()
            add(lanes, leaseEnd: sentAt + settings.lease)
            return lanes
        } catch let claim as UnconfirmedClaim {
            startReady { $0.add(claim.lanes, leaseEnd: time.now, isConfirmed: false) }
            toWrite.signal()
            throw claim.cause
        }
    }

    /// How many deliveries the router may hand over, by listener: where ready lanes wait to be claimed, it is their turn first.
    var roomToHandOver: [String: Int] {
        state.withLock { $0.roomToHandOver }
    }

    /// Whether a listener may soon have nothing to deliver unless more is routed.
    var isHungry: Bool {
        let names = subscriptions.value.listeners.keys
        return state.withLock { $0.isHungry(anyOf: names) }
    }

    /// Takes what the router hands over: lanes that it has leased to us until `leaseEnd`, and what it has put into those that are ours.
    func take(_ handover: Handover, leaseEnd: Duration) {
        guard !handover.isEmpty else { return }
        startReady { state in
            state.add(handover.claimed, leaseEnd: leaseEnd)
            for added in handover.added { state.extend(by: added) }
        }
        toWrite.signal()
    }

    /// Notes whether the last claim left ready lanes of a listener behind.
    func note(_ listener: String, isCaughtUp: Bool) {
        state.withLock { $0.note(listener, isCaughtUp: isCaughtUp) }
    }

    /// Notes whether our router has more to route than it has looked at.
    func note(isRouterBehind: Bool) {
        state.withLock { $0.isRouterBehind = isRouterBehind }
    }

    /// Notes whether no other daemon lives.
    func note(isAlone: Bool) {
        state.withLock { $0.isAlone = isAlone }
    }

    /// Starts nothing and takes nothing new on, until ``stop()``. What is still handed over can be given back then.
    func pause() {
        state.withLock { $0.pause(now: time.now) }
    }

    /// Stops, and waits for `running`, which is ``run()``: for `grace`, from the pause on if there was one, for what is under way to
    /// end; then it is cancelled and put back.
    ///
    /// - Returns: false where even that could not be written: the lease's end does it then.
    func stop(_ running: Task<Void, Never>, grace: Duration) async -> Bool {
        let grace = state.withLock { $0.pausedAt }.map { max(grace - (time.now - $0), .zero) } ?? grace
        stop()
        let limit = Task {
            try await Task.sleep(for: grace)
            cancelRunning()
            try await Task.sleep(for: settings.writingLimit)
            running.cancel()
        }
        await running.value
        limit.cancel()
        if case .success = await limit.result { return false }
        return true
    }

    /// Starts nothing more and gives lanes back as they come to rest. ``run()`` returns when all are.
    public func stop() {
        state.withLock { $0.stop() }
        toWrite.signal()
        urgent.signal()
        rested.signal()
    }

    /// Cancels what is under way: it is put back, and no attempt counts.
    public func cancelRunning() {
        running.cancel()
    }

    /// Returns when nothing is held any more but what somebody has locked.
    public func waitUntilAtRest() async {
        while !state.withLock({ $0.isAtRest }), !Task.isCancelled { await rested.wait() }
    }

    /// Writes, renews and watches until stopped and at rest; when cancelled, until then but no longer.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watch() }
            group.addTask { await self.renewLate() }
            await self.write()
            group.cancelAll()
        }
    }

    private func write() async {
        var delay = Duration.milliseconds(100)
        var hasFailed = false
        while !Task.isCancelled {
            await gather()
            var (batch, isDone) = state.withLock { state in
                (state.takeBatch(now: time.now), state.isStopping && state.isIdle)
            }
            if batch.isEmpty {
                if hasFailed { goOn() }
                hasFailed = false
                rested.signal()
                if isDone { return }
                await toWrite.wait()
                continue
            }
            do {
                let sentAt = time.now
                let answer = try await store.settle(batch.settlements, changes: batch.changes, lease: settings.lease)
                let postponed = batch.takeOut(answer.postponed)
                startReady { [batch] in $0.written(batch, answer: answer, sentAt: sentAt) }
                let isNews = state.withLock {
                    $0.postpone(postponed, lockedByApps: answer.lockedByApps, now: time.now)
                }
                if isNews { report.postponed(postponed) }
                report.written(batch.settlements, lostLanes: answer.lostLanes)
                delay = .milliseconds(100)
                giveHints(batch)
                if hasFailed { goOn() }
                hasFailed = false
            } catch {
                // Nothing is lost: the deliveries stay claimed until the lease ends, and the results stay here.
                state.withLock { $0.notWritten(batch) }
                hasFailed = true
                report.couldNotWrite(error)
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .milliseconds(500))
            }
        }
    }

    /// Starts and claims again what had to wait while nothing could be written.
    private func goOn() {
        startReady { _ in }
        hints.add(Set(subscriptions.value.listeners.keys))
    }

    /// Lets settlements come together until one is waited for, but not for long: each transaction costs the same.
    private func gather() async {
        let end = time.now + settings.gathering
        while !state.withLock({ $0.isWritingUrgent }), !Task.isCancelled {
            let left = end - time.now
            guard left > .zero else { return }
            await urgent.wait(upTo: left)
        }
    }

    /// Looks after time limits and leases.
    private func watch() async {
        while !Task.isCancelled {
            checkTime()
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Renews leases by themselves where settling is late, as when a row that it writes is locked by somebody's open transaction:
    /// what is held must not go to others meanwhile, who would send it again.
    private func renewLate() async {
        while !Task.isCancelled {
            let late = state.withLock { $0.takeLate(now: time.now) }
            if !late.isEmpty {
                let sentAt = time.now
                do {
                    let lost = try await store.renew(late, lease: settings.lease)
                    startReady { $0.renewed(late, lost: lost, sentAt: sentAt) }
                    report.lost(lost)
                } catch {
                    report.couldNotRenew(error)
                }
            }
            try? await Task.sleep(for: settings.lease / 20)
        }
    }

    func checkTime() {
        let now = time.now
        running.checkDeadlines(now: now, abandonAfter: settings.abandonAfter)
        let expired = state.withLock { $0.checkLeases(now: now) }
        if !expired.isEmpty { running.cancel(startedUnder: expired) }
        toWrite.signal()
    }

    /// Lanes that were given back may be ready, and lanes of a listener with room again may be claimed.
    private func giveHints(_ batch: EngineState.Batch) {
        var ready = Set(batch.settlements.map(\.lane.listener)).subtracting(state.withLock { $0.caughtUp })
        for change in batch.changes {
            switch change.action {
            case .release: ready.insert(change.lane.listener)
            case .backOff(let delay): hints.add(change.lane.listener, at: time.now + delay)
            case .keep, .refill: break
            }
        }
        for settlement in batch.settlements {
            guard case .retry(_, _, let delay) = settlement.result else { continue }
            hints.add(settlement.lane.listener, at: time.now + delay)
        }
        hints.add(ready)
    }
}
