import EventModel
public import MariaDBClient

/// Writes what became of attempts, many lanes in one transaction.
///
/// Rows are locked in one order everywhere (deliveries, events, lanes, each by rising id). Lanes come last because routing and
/// settling meet there: whoever holds them, holds them for as long as COMMIT takes. Deliveries are removed by exact key with
/// `RETURNING`: what is not there any more is not settled a second time, so the whole can be done again after a lost COMMIT.
public struct Settler: Sendable {
    private let statements: SettlerStatements
    private let events: EventProgress
    private let deadLetters: DeadLetterWriter
    private let reader: DeliveryReader

    public init(tables: Tables) {
        statements = SettlerStatements(tables: tables)
        events = EventProgress(tables: tables)
        deadLetters = DeadLetterWriter(tables: tables)
        reader = DeliveryReader(tables: tables)
    }

    /// Settles, changes lanes and reads refills in one transaction.
    ///
    /// - Parameters:
    ///   - lease: the new lease of lanes that are kept.
    ///   - worker: who claimed the lanes; written into the history.
    public func settle(
        _ settlements: [Settlement], changes: [LaneChange], lease: Duration, worker: Int64, on connection: Connection
    ) throws -> Settled {
        var lost: Set<Lane> = []
        while true {
            do {
                return try connection.transaction { connection in
                    try settle(
                        settlements.filter { !lost.contains($0.lane) }, changes: changes, besides: lost, lease: lease,
                        worker: worker, on: connection)
                }
            } catch let found as LostLanes {
                lost = found.lanes
            }
        }
    }

    /// Writes first and looks then whether the lanes are still ours: hardly ever are they not, and then nothing was written.
    private func settle(
        _ settlements: [Settlement], changes: [LaneChange], besides lost: Set<Lane>, lease: Duration, worker: Int64,
        on connection: Connection
    ) throws -> Settled {
        if !settlements.isEmpty { try write(settlements, worker: worker, on: connection) }
        let lanes = Set(settlements.map(\.lane)).union(changes.map(\.lane))
        let held = try heldLanes(of: lanes, by: worker, on: connection)
        let gone = lanes.filter { held[$0] == nil }
        guard settlements.allSatisfy({ held[$0.lane] != nil }) else { throw LostLanes(lanes: lost.union(gone)) }
        return Settled(
            lostLanes: lost.union(gone), refills: try apply(changes, held: held, lease: lease, on: connection))
    }

    /// Rolls back a transaction that wrote about lanes which are not ours any more.
    private struct LostLanes: Error {
        let lanes: Set<Lane>
    }

    /// Sets how many attempts of open deliveries count: an attempt is counted before it is made where it may kill the worker.
    ///
    /// - Returns: the lanes that are lost; nothing was counted in them.
    public func count(_ attempts: [CountedAttempt], worker: Int64, on connection: Connection) throws -> Set<Lane> {
        var lost: Set<Lane> = []
        while true {
            let kept = attempts.filter { !lost.contains($0.lane) }
                .sorted { ($0.lane.id, $0.eventID) < ($1.lane.id, $1.eventID) }
            do {
                return try connection.transaction { connection in
                    try connection.bulk(
                        statements.countAttempt,
                        [
                            .integers(kept.map { Int64($0.attempts) }), .integers(kept.map(\.lane.id)),
                            .integers(kept.map(\.eventID)),
                        ])
                    let lanes = Set(kept.map(\.lane))
                    let held = try heldLanes(of: lanes, by: worker, on: connection)
                    let gone = lanes.filter { held[$0] == nil }
                    guard gone.isEmpty else { throw LostLanes(lanes: lost.union(gone)) }
                    return lost
                }
            } catch let found as LostLanes {
                lost = found.lanes
            }
        }
    }

    /// Locks the lanes and says which of the claims are still in force, and how often deliveries were put into their lanes: our
    /// epoch, and not given back. The latter is what a repetition after a lost COMMIT finds where the lane was given back in that
    /// very transaction.
    private func heldLanes(of lanes: Set<Lane>, by worker: Int64, on connection: Connection) throws -> [Lane: Int64] {
        var found: [Int64: (epoch: Int64, turn: Int64)] = [:]
        try connection.forEachList(of: Set(lanes.map(\.id)).sorted(), sql: statements.lockLanes) { row in
            if row.integer(2) == worker { found[row.integer(0)] = (row.integer(1), row.integer(3)) }
        }
        var held: [Lane: Int64] = [:]
        for lane in lanes {
            if let row = found[lane.id], row.epoch == lane.epoch { held[lane] = row.turn }
        }
        return held
    }

    private func write(_ settlements: [Settlement], worker: Int64, on connection: Connection) throws {
        let sorted = settlements.sorted { ($0.lane.id, $0.eventID) < ($1.lane.id, $1.eventID) }
        let leaving = sorted.filter { $0.isFinal || Self.stepsAside($0) }
        var removed: Set<DeliveryKey> = []
        try connection.bulk(
            statements.deleteDelivery,
            [.integers(leaving.map(\.lane.id)), .integers(leaving.map(\.eventID))]
        ) { removed.insert(DeliveryKey(laneID: $0.integer(0), eventID: $0.integer(1))) }
        // A delivery that is not there was settled before: by this very transaction, when the answer to its COMMIT was lost.
        let present = sorted.filter { !($0.isFinal || Self.stepsAside($0)) || removed.contains(DeliveryKey($0)) }
        try stepAside(present.filter(Self.stepsAside), on: connection)
        let waiting = present.filter { !$0.isFinal && !Self.stepsAside($0) }
        try connection.bulk(
            statements.countAttempt,
            [
                .integers(waiting.map { Int64($0.attempt) }), .integers(waiting.map(\.lane.id)),
                .integers(waiting.map(\.eventID)),
            ])
        try recordAttempts(present.filter { $0.result != .vanished }, worker: worker, on: connection)
        try events.advance(present, on: connection)
        try deadLetters.write(present, on: connection)
    }

    /// A failed delivery of a shared lane waits in a lane of its own, so that those behind it go on.
    private static func stepsAside(_ settlement: Settlement) -> Bool {
        guard case .retry = settlement.result, case .shared = settlement.lane.key else { return false }
        return true
    }

    private func stepAside(_ settlements: [Settlement], on connection: Connection) throws {
        guard !settlements.isEmpty else { return }
        var lanes: [Int64] = []
        try connection.bulk(
            statements.insertWaitingLane,
            [
                .texts(settlements.map(\.lane.listener)),
                .texts(settlements.map { LaneKey.single(eventID: $0.eventID).text }),
                .integers(settlements.map { $0.retryDelay.microseconds }),
            ]
        ) { lanes.append($0.integer(0)) }
        try connection.bulk(
            statements.insertDelivery,
            [
                .integers(lanes), .integers(settlements.map(\.eventID)),
                .integers(settlements.map { Int64($0.attempt) }),
            ])
    }

    private func recordAttempts(_ settlements: [Settlement], worker: Int64, on connection: Connection) throws {
        let records = settlements.map(AttemptRecord.init)
        try connection.bulk(
            statements.insertAttempt,
            [
                .integers(settlements.map(\.eventID)), .texts(settlements.map(\.lane.listener)),
                .integers(settlements.map { Int64($0.attempt) }), .texts(records.map(\.outcome)),
                .texts(records.map(\.reason)), .texts(records.map(\.message)),
                .integers(settlements.map(\.milliseconds)), .integers(settlements.map { _ in worker }),
            ])
    }

    private func apply(
        _ changes: [LaneChange], held: [Lane: Int64], lease: Duration, on connection: Connection
    ) throws -> [Int64: Refill] {
        var keep: [Int64] = []
        var release: [Int64] = []
        var remove: [Int64] = []
        var backOff: [(id: Int64, delay: Duration)] = []
        var requests: [DeliveryReader.Request] = []
        var turns: [Int64: Int64] = [:]
        for change in changes {
            guard let turn = held[change.lane] else { continue }
            switch change.action {
            case .keep:
                keep.append(change.lane.id)
            case .refill(let after, let limit):
                keep.append(change.lane.id)
                turns[change.lane.id] = turn
                requests.append(.init(laneID: change.lane.id, after: after, limit: limit))
            case .release:
                if case .single = change.lane.key { remove.append(change.lane.id) }
                release.append(change.lane.id)
            case .backOff(let delay):
                backOff.append((change.lane.id, delay))
            }
        }
        let read = try reader.read(requests, on: connection)
        keep.sort()
        try connection.bulk(
            statements.keepLane,
            [
                .integers(keep.map { _ in lease.microseconds }),
                .integers(keep.map { read[$0]?.last?.eventID ?? 0 }), .integers(keep),
            ])
        try connection.forEachList(of: release.sorted(), sql: statements.releaseLanes)
        try connection.forEachList(of: remove.sorted(), sql: statements.removeEmptyLanes)
        let sorted = backOff.sorted { $0.id < $1.id }
        try connection.bulk(
            statements.backOffLane, [.integers(sorted.map(\.delay.microseconds)), .integers(sorted.map(\.id))])
        return Dictionary(
            uniqueKeysWithValues: turns.map { ($0, Refill(deliveries: read[$0] ?? [], turn: $1)) })
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
    var retryDelay: Duration {
        if case .retry(_, _, let delay) = result { delay } else { .zero }
    }
}
