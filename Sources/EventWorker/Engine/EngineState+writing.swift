import EventQueue

/// What is to be written, and what follows from its having been.
extension EngineState {
    /// Whether something waits for what is to be written: a stop, the next of an ordered lane, or more that would not fit.
    var isWritingUrgent: Bool {
        isStopping || isAwaited || finished.count >= settings.settleBatch / 2
    }

    /// What to write next.
    mutating func takeBatch(now: Duration) -> Batch {
        var batch = Batch()
        finished += postponed.filter { $0.until <= now }.map(\.settlement)
        postponed.removeAll { $0.until <= now }
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
        var roomToKeep = settings.renewalBatch
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
            guard action == .keep ? roomToKeep > 0 : room > 0 else {
                touched.insert(id)
                isAwaited = true
                continue
            }
            if action == .keep { roomToKeep -= 1 } else { room -= 1 }
            // Nothing starts in what is being given back.
            if action.givesBack { close(run) }
            run.isChanging = true
            batch.changes.append(LaneChange(lane: run.lane, action: action))
        }
        // What could not be written is not ours to write any more.
        if batch.isEmpty { isStalled = false }
        return batch
    }

    /// A result, of the claim that is in force. Where somebody else had the lane in between, a failure is none of ours to count: it is
    /// tried again if it is still there. Of a claim that may never have been committed nothing is said: the one before may be in force.
    private mutating func saidOfClaimInForce(_ settlement: Settlement) -> Settlement? {
        guard let run = lanes[settlement.lane.id], run.lane != settlement.lane, !run.isLost, run.isConfirmed else {
            return settlement
        }
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
            guard let run = lanes[settlement.lane.id] else { continue }
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

    /// Notes that somebody has locked what `settlements` are about: they are tried again in a moment, or in a longer one where an app
    /// has, whose transaction stays open.
    ///
    /// - Returns: whether an app has, and had not lately.
    mutating func postpone(_ settlements: [Settlement], lockedByApps: Set<Int64>, now: Duration) -> Bool {
        for settlement in settlements {
            let isByApp = lockedByApps.contains(settlement.eventID)
            postponed.append((settlement, now + (isByApp ? settings.lockPause : settings.lockPause / 20)))
        }
        for lane in Set(settlements.map(\.lane)) { goOn(lane) }
        guard !lockedByApps.isEmpty else { return false }
        defer { lastSeenLocked = now }
        return lastSeenLocked.map { now - $0 > settings.lockPause * 10 } ?? true
    }

    /// What was asked for a lane beside was not done. A shared one that was to be given back goes on: its other deliveries need not
    /// wait.
    private mutating func goOn(_ lane: Lane) {
        guard let run = held(lane) else { return }
        touched.insert(lane.id)
        guard settings.lingers, !isStopping, run.lane.key.isShared, run.isClosing || run.quantum <= 0,
            run.open.count < settings.readAhead
        else { return }
        if run.isClosing { run.expectMore() }
        run.isClosing = false
        run.renew(quantum: settings.sharedQuantum)
        announce(run)
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
}
