import EventModel
import EventQueue
import ListenerKit
import Synchronization

/// Carrying out what ``EngineState`` says is to be started.
extension DeliveryEngine {
    /// How many deliveries a task carries out before another goes on: a listener may never wait for anything, and keep others from
    /// the thread.
    private static let deliveriesInARow = 8

    /// Starts what may start after a change.
    func startReady(after change: (inout EngineState) -> Void) {
        let now = time.now
        for start in takeStarts(now: now, after: change) { begin(start, now: now) }
    }

    /// Changes the state. Returns what is to be started then.
    private func takeStarts(now: Duration, after change: (inout EngineState) -> Void) -> [EngineState.Start] {
        let subscriptions = subscriptions.value
        let (starts, isUrgent) = state.withLock { state in
            let wasUrgent = state.isWritingUrgent
            change(&state)
            return (
                state.takeStarts(now: now, subscriptions: subscriptions), state.isWritingUrgent && !wasUrgent
            )
        }
        if isUrgent { urgent.signal() }
        return starts
    }

    /// Starts a delivery, in a task that has ended another one or in one of its own.
    private func begin(_ start: EngineState.Start, now: Duration, in task: Task<Void, Never>? = nil) {
        running.start(start.key, deadline: start.readsFirst ? nil : now + start.listener.timeout, in: task) {
            await self.deliver(start, began: now)
        } onAbandon: {
            self.report.abandoned(start.lane, eventID: start.delivery.eventID)
            self.conclude(start, outcome: self.timeout(of: start), attempt: start.attempt, began: now)
        }
    }

    /// Delivers, and goes on to what may start instead: to hand that to a task of its own would nearly always wake another thread.
    private func deliver(_ first: EngineState.Start, began: Duration) async {
        var (start, began) = (first, began)
        for count in 1... {
            let isLast = count == Self.deliveriesInARow
            guard let next = await deliverOne(start, began: began, goesOn: !isLast) else { return }
            (start, began) = next
        }
    }

    /// Returns what this task has begun instead, and when; nil where it is to end.
    private func deliverOne(
        _ start: EngineState.Start, began: Duration, goesOn: Bool
    ) async -> (next: EngineState.Start, began: Duration)? {
        var (outcome, attempt) = await attempt(start)
        if start.isSuspect, outcome == .putBack {
            // It was counted ahead, and was not tried. Where this cannot be written, the lane is not ours to write to either.
            _ = try? await count(start.delivery.attempts, of: start)
        }
        var task: Task<Void, Never>?
        switch running.end(start.key) {
        case .ended(let own): task = goesOn && !own.isCancelled ? own : nil
        case .timedOut: if outcome == .putBack { outcome = timeout(of: start) }
        case .tooLate: return nil
        }
        return conclude(start, outcome: outcome, attempt: attempt, began: began, in: task)
    }

    private func timeout(of start: EngineState.Start) -> Outcome {
        .retryable(Failure(.timeout, "no answer within \(start.listener.timeout)"))
    }

    /// Notes what became of a delivery, and begins what is to be started instead.
    ///
    /// - Parameter task: may go on to one of those.
    /// - Returns: what it goes on to, and since when.
    @discardableResult
    private func conclude(
        _ start: EngineState.Start, outcome: Outcome, attempt: Int, began: Duration, in task: Task<Void, Never>? = nil
    ) -> (next: EngineState.Start, began: Duration)? {
        let now = time.now
        let settlement = settlement(of: start, outcome: outcome, attempt: attempt, duration: now - began)
        let next = takeStarts(now: now) {
            $0.finish(settlement, lane: start.lane, eventID: start.delivery.eventID)
        }
        for (index, start) in next.enumerated() { begin(start, now: now, in: index == 0 ? task : nil) }
        if let settlement, let event = start.delivery.event { report.ended(settlement, event: event) }
        toWrite.signal()
        return task == nil ? nil : next.first.map { ($0, now) }
    }

    /// What is to be written about an attempt; nil where it is put back.
    private func settlement(
        of start: EngineState.Start, outcome: Outcome, attempt: Int, duration: Duration
    ) -> Settlement? {
        let parts = start.parts.withLock { $0 }
        return judge.result(of: outcome, attempt: attempt, start: start).map {
            Settlement(
                lane: start.lane, eventID: start.delivery.eventID, attempt: attempt, result: $0,
                parts: parts?.new ?? [], hasEarlierParts: parts?.hasBegun ?? false,
                milliseconds: duration.milliseconds)
        }
    }

    /// One attempt: reads a payload that was left out and what is done already, counts ahead for a suspect, and asks the listener,
    /// whose time begins then.
    private func attempt(_ start: EngineState.Start) async -> (Outcome, attempt: Int) {
        let number = start.attempt
        let notAsked = (Outcome.putBack, number)
        guard var event = start.delivery.event else { return (.delivered(), number) }
        do {
            if start.isSuspect {
                guard start.delivery.attempts <= start.maximumAttempts else { return (judge.crashed, number) }
                guard try await count(start.delivery.attempts + 1, of: start) else { return notAsked }
            }
            if start.delivery.isPayloadDeferred {
                guard let payload = try await store.payload(ofEvent: event.id) else { return notAsked }
                event = event.with(payload: payload)
            }
            if start.listener.partwise != nil {
                let done = try await store.partsDone(ofEvent: event.id, by: start.listener.name)
                let parts = DeliveryParts(of: event, done: done)
                start.parts.withLock { $0 = parts }
            }
        } catch {
            await note(preparationFailure: error)
            return notAsked
        }
        let lease = leaseLeft(for: start)
        guard !Task.isCancelled, lease > .zero else { return notAsked }
        if start.readsFirst { running.ask(start.key, deadline: time.now + start.listener.timeout) }
        let delivery = Delivery(
            event: event, listener: start.listener.name, attempt: number, maxAttempts: start.maximumAttempts,
            timeout: start.listener.timeout, notAfter: .now + lease, isOurs: { self.leaseLeft(for: start) > .zero })
        guard let partwise = start.listener.partwise, let parts = start.parts.withLock({ $0 }) else {
            return (await start.listener.listener.deliver(delivery), number)
        }
        return (await partwise.deliver(delivery, parts: parts), number)
    }

    /// Put back, the delivery would be claimed again at once, and this fail again.
    private func note(preparationFailure error: any Error) async {
        lastPreparationFailure.withLock { $0 = error }
        report.couldNotPrepare(error, now: time.now)
        try? await Task.sleep(for: settings.preparationPause)
    }

    /// Sets how many attempts of a delivery count. Returns false where the lane is lost.
    private func count(_ attempts: Int, of start: EngineState.Start) async throws -> Bool {
        guard let lane = state.withLock({ $0.claimInForce(for: start.lane) }) else { return false }
        return try await store.count(CountedAttempt(lane: lane, eventID: start.delivery.eventID, attempts: attempts))
    }

    /// How much longer the lane is ours. Only where time may have passed since the start is it worth waiting for the state.
    private func leaseLeft(for start: EngineState.Start) -> Duration {
        let left = start.leaseEnd - time.now
        if left > .zero, !start.readsFirst { return left }
        return state.withLock { $0.leaseEnd(of: start.lane) }.map { $0 - time.now } ?? .zero
    }
}

extension EngineState.Start {
    fileprivate var key: RunningDeliveries.Key {
        RunningDeliveries.Key(laneID: lane.id, epoch: lane.epoch, eventID: delivery.eventID)
    }
}

extension Event {
    fileprivate func with(payload: [UInt8]) -> Event {
        Event(
            id: id, uuid: uuid, name: name, payload: payload, instance: instance, tenant: tenant,
            orderingKey: orderingKey, sequenceNumber: sequenceNumber, requestID: requestID, acceptedAt: acceptedAt,
            maxAttempts: maxAttempts)
    }
}
