import EventModel
public import MariaDBClient

/// Writes what became of attempts, many lanes in one transaction and that in two round trips.
///
/// Rows are locked in one order everywhere (deliveries, events, lanes, each by rising id). Lanes come last because routing and
/// settling meet there: whoever holds them, holds them for as long as COMMIT takes. What is not there any more is not settled a
/// second time, so the whole can be done again after a lost COMMIT.
public struct Settler: Sendable {
    private let statements: SettlerStatements
    private let events: EventProgress
    private let deadLetters: DeadLetterWriter
    private let reader: DeliveryReader
    private let lockedEvents: LockedEvents
    private let caution = LockCaution()

    public init(tables: Tables) {
        statements = SettlerStatements(tables: tables)
        events = EventProgress(tables: tables)
        deadLetters = DeadLetterWriter(tables: tables)
        reader = DeliveryReader(tables: tables)
        lockedEvents = LockedEvents(tables: tables)
    }

    /// What turned out, when all was written, not to be as it was believed to be: the transaction is rolled back and done again
    /// without it. It hardly ever happens, so nobody asks first.
    private struct Outdated: Error {
        /// Claims that are not in force any more.
        var lostLanes: Set<Lane> = []
        /// Deliveries that are not there: settled before, by this very transaction when the answer to its COMMIT was lost.
        var settled: Set<DeliveryKey> = []
    }

    /// Settles, changes lanes and reads refills in one transaction.
    ///
    /// What somebody's open transaction has locked is postponed, once it has taken too long: it holds up its own lanes and no others.
    ///
    /// - Parameters:
    ///   - lease: the new lease of lanes that are kept.
    ///   - worker: who claimed the lanes; written into the history.
    public func settle(
        _ settlements: [Settlement], changes: [LaneChange], lease: Duration, worker: Int64, on connection: Connection
    ) throws -> Settled {
        let settlements = settlements.sorted { ($0.lane.id, $0.eventID) < ($1.lane.id, $1.eventID) }
        var settled = try caution.attempt {
            try withoutOutdated { outdated in
                try connection.transaction(isPatient: false) { connection in
                    let locked = try lockOthers(settlements, on: connection)
                    var settled = try settle(
                        settlements.filter { !locked.contains($0.eventID) },
                        changes: changes.keeping(lanesOf: settlements.filter { locked.contains($0.eventID) }),
                        besides: outdated, lease: lease, worker: worker, on: connection)
                    settled.postponed = locked
                    return settled
                }
            }
        }
        settled.lockedByApps = caution.met(settled.postponed, among: settlements.map(\.eventID))
        return settled
    }

    /// The events that somebody else has locked. The others are locked before their deliveries then, and not behind them: where that
    /// meets somebody who does not, one of both is done again.
    private func lockOthers(_ settlements: [Settlement], on connection: Connection) throws -> Set<Int64> {
        guard caution.isInForce else { return [] }
        let events = Set(settlements.filter { $0.result != .vanished }.map(\.eventID))
        return try lockedEvents.lockOthers(Array(events), on: connection)
    }

    /// Sets how many attempts of open deliveries count: an attempt is counted before it is made where it may kill the worker.
    ///
    /// - Returns: the lanes that are lost; nothing was counted in them.
    public func count(_ attempts: [CountedAttempt], worker: Int64, on connection: Connection) throws -> Set<Lane> {
        let attempts = attempts.sorted { ($0.lane.id, $0.eventID) < ($1.lane.id, $1.eventID) }
        return try withoutOutdated { outdated in
            try connection.transaction { connection in
                let kept = attempts.filter { !outdated.lostLanes.contains($0.lane) }
                guard !kept.isEmpty else { return outdated.lostLanes }
                var script = Script()
                count(kept, in: &script)
                let lanes = Set(kept.map(\.lane))
                let lock = lock(lanes, in: &script)
                var held = HeldLanes(worker: worker)
                try connection.run(script) { statement, row in
                    if statement == lock { held.take(row) }
                }
                let lost = lanes.filter { held.turn(of: $0) == nil }
                guard lost.isEmpty else { throw Outdated(lostLanes: lost) }
                return outdated.lostLanes
            }
        }
    }

    private func withoutOutdated<Result>(_ body: (Outdated) throws -> Result) throws -> Result {
        var known = Outdated()
        while true {
            do {
                return try body(known)
            } catch let found as Outdated {
                known.lostLanes.formUnion(found.lostLanes)
                known.settled.formUnion(found.settled)
            }
        }
    }

    private func settle(
        _ settlements: [Settlement], changes: [LaneChange], besides outdated: Outdated, lease: Duration, worker: Int64,
        on connection: Connection
    ) throws -> Settled {
        let lanes = Set(settlements.map(\.lane)).union(changes.map(\.lane))
        guard !lanes.isEmpty else { return Settled(lostLanes: [], refills: [:]) }
        let writable = settlements.filter {
            !outdated.lostLanes.contains($0.lane) && !outdated.settled.contains(DeliveryKey($0))
        }
        var script = Script()
        let leaving = write(writable, worker: worker, in: &script)
        let lock = lock(lanes, in: &script)
        reader.find(changes.compactMap(\.refillRequest), in: &script)
        var held = HeldLanes(worker: worker)
        var reading = LaneReading()
        let changed = try connection.run(script) { statement, row in
            if statement == lock { held.take(row) } else { reading.takeDelivery(row) }
        }
        let lost = lanes.filter { held.turn(of: $0) == nil }
        guard writable.allSatisfy({ held.turn(of: $0.lane) != nil }) else { throw Outdated(lostLanes: lost) }
        guard leaving.isEmpty || changed[0] == leaving.count else {
            throw Outdated(settled: try missing(of: leaving, on: connection))
        }
        return Settled(
            lostLanes: lost,
            refills: try commit(changes, held: held, reading: reading, lease: lease, on: connection))
    }

    /// Writes all but what concerns the lanes. Returns the deliveries that leave theirs, which is the first statement.
    private func write(_ settlements: [Settlement], worker: Int64, in script: inout Script) -> [DeliveryKey] {
        let leaving = settlements.filter(\.leavesLane).map(DeliveryKey.init)
        if !leaving.isEmpty {
            script.add(statements.deleteDeliveries, .pairs(leaving.map { ($0.laneID, $0.eventID) }))
        }
        for settlement in settlements where settlement.stepsAside { stepAside(settlement, in: &script) }
        count(
            settlements.filter { !$0.leavesLane }.map {
                CountedAttempt(lane: $0.lane, eventID: $0.eventID, attempts: $0.attempt)
            }, in: &script)
        recordAttempts(settlements.filter { $0.result != .vanished }, worker: worker, in: &script)
        for settlement in settlements where settlement.endsParts {
            script.add(statements.forgetParts, .integer(settlement.eventID), .text(settlement.lane.listener))
        }
        events.advance(settlements, in: &script)
        deadLetters.write(settlements, in: &script)
        return leaving
    }

    /// A failed delivery of a shared lane waits in a lane of its own, so that those behind it go on.
    private func stepAside(_ settlement: Settlement, in script: inout Script) {
        script.add(
            statements.insertWaitingLane, .text(settlement.lane.listener),
            .text(LaneKey.single(eventID: settlement.eventID).text), .integer(settlement.retryDelay.microseconds))
        script.add(statements.insertDelivery, .integer(settlement.eventID), .integer(settlement.attempt))
    }

    private func count(_ attempts: [CountedAttempt], in script: inout Script) {
        guard !attempts.isEmpty else { return }
        script.add(
            statements.countAttempts,
            .rows(attempts.map { [.integer($0.lane.id), .integer($0.eventID), .integer($0.attempts)] }))
    }

    private func recordAttempts(_ settlements: [Settlement], worker: Int64, in script: inout Script) {
        let alike = Dictionary(grouping: settlements, by: AttemptRecord.init)
        for (record, settlements) in alike.sorted(by: { $0.value[0].eventID < $1.value[0].eventID }) {
            script.add(
                statements.insertAttempts, .text(record.listener), .integer(record.attempt), .text(record.outcome),
                .text(record.reason), .text(record.message), .text(record.parts), .integer(worker),
                .pairs(settlements.map { ($0.eventID, $0.milliseconds) }))
        }
    }

    /// Locks the lanes and reads what tells whether they are ours. Returns the statement's number.
    private func lock(_ lanes: Set<Lane>, in script: inout Script) -> Int {
        script.add(statements.lockLanes, .among(column: "id", Array(Set(lanes.map(\.id)))))
        return script.count - 1
    }

    /// Which of `deliveries` were not there before this transaction, which has to be rolled back to be asked.
    private func missing(of deliveries: [DeliveryKey], on connection: Connection) throws -> Set<DeliveryKey> {
        var script = Script()
        script.add("ROLLBACK")
        script.add(statements.presentDeliveries, .pairs(deliveries.map { ($0.laneID, $0.eventID) }))
        var missing = Set(deliveries)
        try connection.run(script) { _, row in
            missing.remove(DeliveryKey(laneID: row.integer(0), eventID: row.integer(1)))
        }
        return missing
    }

    /// Gives lanes back or keeps them, reads the events of what refills them, and commits.
    private func commit(
        _ changes: [LaneChange], held: HeldLanes, reading: LaneReading, lease: Duration, on connection: Connection
    ) throws -> [Int64: Refill] {
        let changes = changes.filter { held.turn(of: $0.lane) != nil }.sorted { $0.lane.id < $1.lane.id }
        var reading = reading
        var script = Script()
        reader.readEvents(of: reading, in: &script)
        let kept = changes.filter { !$0.action.givesBack }.map(\.lane.id)
        if !kept.isEmpty {
            script.add(
                statements.keepLanes, .pairs(kept.map { ($0, reading.lastRead(in: $0)) }),
                .integer(lease.microseconds))
        }
        let released = changes.filter { $0.action == .release }.map(\.lane)
        if !released.isEmpty { script.add(statements.releaseLanes, .list(released.map(\.id))) }
        let single = released.filter { if case .single = $0.key { true } else { false } }
        if !single.isEmpty { script.add(statements.removeEmptyLanes, .list(single.map(\.id))) }
        for change in changes {
            guard case .backOff(let delay) = change.action else { continue }
            script.add(statements.backOffLane, .integer(delay.microseconds), .integer(change.lane.id))
        }
        try connection.commit(with: script) { _, row in reading.takeEvent(row) }
        let deliveries = reading.deliveries
        var refills: [Int64: Refill] = [:]
        for change in changes where change.refillRequest != nil {
            let id = change.lane.id
            refills[id] = Refill(deliveries: deliveries[id] ?? [], turn: held.turn(of: change.lane) ?? 0)
        }
        return refills
    }
}

private struct DeliveryKey: Hashable {
    let laneID: Int64
    let eventID: Int64

    init(laneID: Int64, eventID: Int64) {
        self.laneID = laneID
        self.eventID = eventID
    }

    init(_ settlement: Settlement) {
        self.init(laneID: settlement.lane.id, eventID: settlement.eventID)
    }
}

extension Settlement {
    /// A failed delivery of a shared lane.
    fileprivate var stepsAside: Bool {
        guard case .retry = result, case .shared = lane.key else { return false }
        return true
    }

    fileprivate var leavesLane: Bool { isFinal || stepsAside }

    fileprivate var retryDelay: Duration {
        if case .retry(_, _, let delay) = result { delay } else { .zero }
    }
}

extension LaneChange {
    fileprivate var refillRequest: DeliveryReader.Request? {
        guard case .refill(let after, let limit) = action else { return nil }
        return DeliveryReader.Request(laneID: lane.id, after: after, limit: limit)
    }
}
