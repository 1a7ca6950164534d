import EventModel
public import MariaDBClient
import Synchronization

/// Takes accepted events, oldest first, and puts a delivery for each of their listeners into its lane.
///
/// Routing is serialised by one row that is locked for one short transaction, so lanes are filled in event order and
/// sequences have no gaps. Nothing but SQL happens inside, in two round trips where no lane is new and no event belongs to an
/// instance: every delivery waits for them.
public final class Router: Sendable {
    /// Says who listens to an event, in order. Called inside the transaction: it must not wait.
    public typealias Resolve = @Sendable (EventToRoute) -> [String]

    /// What to look at in one turn.
    public struct Scope: Sendable {
        /// How many events at the most.
        public var limit: Int
        /// Pending events behind this one; 0 for all.
        public var watermark: Int64
        /// Scheduled events that became due no longer ago; nil for none.
        public var dueWithin: Duration?

        public init(limit: Int, watermark: Int64 = 0, dueWithin: Duration? = DueWindow.everything) {
            self.limit = limit
            self.watermark = watermark
            self.dueWithin = dueWithin
        }
    }

    private let heads: HeadReader
    private let lanes: LaneRegistry
    private let waker: LaneWaker
    private let sequences: InstanceSequences
    private let statuses: RoutingStatuses
    private let lockSQL: String
    private let insertSQL: String
    private let insertMissingSQL: String
    private let singleLanesSQL: @Sendable (String) -> String
    private let callBackSQL: String
    private let sharedLanes: Int
    private let knownLanes = KnownLanes()
    private let unconfirmed = Mutex<[LaneWaker.Leasing]>([])
    /// Whether a row that was to be moved on was locked by somebody for long.
    private let isCautious = Mutex(false)

    /// - Parameter sharedLanes: over how many lanes of a listener keyless deliveries are spread.
    public init(tables: Tables, sharedLanes: Int) {
        heads = HeadReader(tables: tables)
        lanes = LaneRegistry(tables: tables)
        waker = LaneWaker(tables: tables)
        sequences = InstanceSequences(tables: tables)
        statuses = RoutingStatuses(tables: tables)
        lockSQL = "SELECT lane_removals FROM \(tables.routing) WHERE id = 1 FOR UPDATE SKIP LOCKED"
        insertSQL = "INSERT INTO \(tables.deliveries) (lane_id, event_id) VALUES ?"
        insertMissingSQL = "INSERT IGNORE INTO \(tables.deliveries) (lane_id, event_id) VALUES ?"
        singleLanesSQL = {
            "SELECT id, lane_key FROM \(tables.lanes) FORCE INDEX (event_lane_key) WHERE lane_key IN (\($0))"
        }
        callBackSQL = "DELETE FROM \(tables.deliveries) WHERE lane_id = ? AND event_id = ?"
        self.sharedLanes = sharedLanes
    }

    /// Routes the oldest events of `scope`.
    ///
    /// - Parameter offer: what the routing worker would take of them at once. Where the answer to COMMIT is lost, the next turn
    ///   finds out which lanes were leased to it.
    public func route(
        _ scope: Scope, offer: HandoverOffer? = nil, resolve: Resolve, on connection: Connection
    ) throws -> Routed {
        do {
            return try routeTogether(scope, offer: offer, resolve: resolve, on: connection)
        } catch let error as DatabaseError where error.isLockTimeout {
            isCautious.withLock { $0 = true }
            throw error
        } catch let error where Self.isAboutAnEvent(error) {
            return try routeSingly(scope, resolve: resolve, on: connection)
        }
    }

    /// One event after another: one of them cannot be routed with the others, and must not stop them.
    ///
    /// An app may write what it likes into its rows. One that was set back to `pending` while a delivery of it is open keeps that
    /// delivery; one whose values no table takes is failed.
    private func routeSingly(_ scope: Scope, resolve: Resolve, on connection: Connection) throws -> Routed {
        var single = scope
        single.limit = 1
        var all = Routed()
        for _ in 0..<scope.limit {
            do {
                all.add(try routeTogether(single, isSingle: true, resolve: resolve, on: connection))
            } catch let unroutable as Unroutable {
                try connection.transaction { try statuses.fail([unroutable.event], on: $0) }
                all.invalid += 1
                all.mayHaveMore = true
            }
            guard all.mayHaveMore, !all.isBusy else { break }
        }
        return all
    }

    /// Whether one event of several is to blame: the others can be routed without it.
    private static func isAboutAnEvent(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.isAboutValues ?? (error is RoutingTurn.LaneNotFound)
    }

    private struct Unroutable: Error {
        let event: (id: Int64, message: String)
    }

    private func routeTogether(
        _ scope: Scope, offer: HandoverOffer? = nil, isSingle: Bool = false, resolve: Resolve, on connection: Connection
    ) throws -> Routed {
        var turn = RoutingTurn(offer)
        do {
            // Not often: a stop waits for the turn, and the next one comes soon.
            try connection.transaction(attempts: 3, isPatient: false) { connection in
                turn = RoutingTurn(offer)
                try read(scope, into: &turn, on: connection)
                try leaveOutLocked(&turn, on: connection)
                guard !turn.heads.isEmpty else { return }
                try admit(&turn, resolve: resolve, on: connection)
                try fill(&turn, isSingle: isSingle, on: connection)
            }
        } catch let error as DatabaseError where error.isCommitUnknown {
            if let leasing = turn.leasing { unconfirmed.withLock { $0.append(leasing) } }
            throw error
        } catch let error where isSingle && Self.isAboutAnEvent(error) {
            guard let head = turn.heads.first else { throw error }
            let reason = (error as? DatabaseError)?.message ?? "no lane for its ordering key"
            throw Unroutable(event: (head.event.id, "It could not be routed: \(reason)"))
        }
        unconfirmed.withLock { $0.removeFirst(turn.settledLeasings) }
        knownLanes.note(turn.found)
        return turn.routed
    }

    /// Locks, and reads what is next. Nothing is found where somebody else is routing.
    private func read(_ scope: Scope, into turn: inout RoutingTurn, on connection: Connection) throws {
        let isWhole = turn.offer != nil
        var script = Script()
        script.add(lockSQL)
        heads.pending(limit: scope.limit, behind: scope.watermark, isWhole: isWhole, in: &script)
        if let window = scope.dueWithin {
            heads.due(within: window, limit: scope.limit, isWhole: isWhole, in: &script)
        }
        let others = script.count
        let leasings = unconfirmed.withLock { $0 }
        for leasing in leasings { waker.read(leasing, in: &script) }
        var removals: Int64?
        var due: [HeadReader.Head] = []
        var pending: [HeadReader.Head] = []
        var recovered: [LaneWaker.Woken] = []
        let sentAt = ContinuousClock.now
        try connection.run(script) { statement, row in
            switch statement {
            case 0: removals = row.integer(0)
            case 1: pending.append(HeadReader.Head(row, isWhole: isWhole))
            case others...: recovered.append(LaneWaker.woken(row))
            default: due.append(HeadReader.Head(row, isWhole: isWhole))
            }
        }
        turn.routed.reading = (ContinuousClock.now - sentAt, pending.count)
        guard let removals else {
            turn.routed.isBusy = true
            return
        }
        // With the mutex, so that no COMMIT of ours whose answer was lost is still to come.
        turn.settledLeasings = leasings.count
        turn.recoverLeased(recovered, of: leasings)
        turn.known = knownLanes.lanes(afterRemovals: removals)
        turn.take(due: due, pending: pending, limit: scope.limit)
    }

    /// An app's open transaction may have an event's row locked: what was read without a lock is moved on all the same, which is cheap,
    /// until that has once taken too long. Then only what is free goes on, as long as something is not.
    private func leaveOutLocked(_ turn: inout RoutingTurn, on connection: Connection) throws {
        guard isCautious.withLock({ $0 }), !turn.heads.isEmpty else { return }
        turn.leaveOut(allBut: try heads.lockFree(turn.heads, on: connection))
        if turn.routed.locked == 0 { isCautious.withLock { $0 = false } }
    }

    /// Sorts out what is for later or no JSON, and asks who listens to the rest.
    private func admit(_ turn: inout RoutingTurn, resolve: Resolve, on connection: Connection) throws {
        var postponed: [Int64] = []
        var invalid: [(id: Int64, message: String)] = []
        for head in turn.heads {
            if head.isLater {
                postponed.append(head.event.id)
            } else if let problem = try heads.uncheckedPayload(of: head, on: connection)
                .flatMap(JSONSlices.problem(in:))
            {
                invalid.append((head.event.id, "Invalid JSON payload: \(problem)"))
            } else {
                turn.accepted.append(.init(head: head, listeners: resolve(head.event)))
            }
        }
        try statuses.postpone(postponed, on: connection)
        try statuses.fail(invalid, on: connection)
        turn.routed.postponed = postponed.count
        turn.routed.invalid = invalid.count
        turn.routed.events = turn.accepted.count
        turn.routed.unheard = turn.accepted.count { $0.listeners.isEmpty }
    }

    /// Takes deliveries of events that are to be routed again out of the lanes in which they wait by themselves for another attempt: in
    /// the lanes that they are put into now they would be a second time.
    private func callBack(_ events: [Int64], on connection: Connection) throws {
        guard !events.isEmpty else { return }
        var waiting: [(lane: Int64, event: Int64)] = []
        for chunk in IdentifierList.chunks(of: events) {
            let byKey = Dictionary(uniqueKeysWithValues: chunk.map { (LaneKey.single(eventID: $0).text, $0) })
            try connection.query(
                singleLanesSQL(IdentifierList.placeholders(chunk.count)), byKey.keys.sorted().map { .text($0) }
            ) { row in
                if let event = byKey[row.text(1)] { waiting.append((row.integer(0), event)) }
            }
        }
        try connection.bulk(
            callBackSQL, [.integers(waiting.map(\.lane)), .integers(waiting.map(\.event))])
    }

    /// Numbers events, puts deliveries into lanes, wakes those, and commits.
    private func fill(_ turn: inout RoutingTurn, isSingle: Bool, on connection: Connection) throws {
        // One that was set back by hand keeps its number.
        let numbers = try sequences.next(
            for: turn.accepted.map { $0.head.sequenceNumber > 0 ? nil : $0.head.event.instance }, on: connection)
        for (index, number) in numbers.enumerated() {
            turn.accepted[index].sequenceNumber = max(number, turn.accepted[index].head.sequenceNumber)
        }
        try callBack(turn.accepted.filter(\.head.isOpen).map(\.head.event.id), on: connection)
        turn.found = try lanes.identifiers(of: turn.unknownLanes(sharedLanes: sharedLanes), on: connection)
        let accepted = turn.accepted.map {
            RoutingStatuses.Accepted(
                id: $0.head.event.id, listeners: $0.listeners.count, sequenceNumber: $0.sequenceNumber)
        }
        try statuses.acceptNumbered(accepted, on: connection)

        try turn.fill(sharedLanes: sharedLanes)
        var script = Script()
        if !turn.fillings.isEmpty { script.add(isSingle ? insertMissingSQL : insertSQL, .pairs(turn.rows)) }
        statuses.acceptUnnumbered(accepted, in: &script)
        // Last, and so locked for the shortest: settling meets routing at the lanes.
        waker.wake(turn.fillings.map(\.lane).sorted(), leasing: turn.leasing, in: &script)
        var woken: [LaneWaker.Woken] = []
        try connection.commit(with: script) { _, row in woken.append(LaneWaker.woken(row)) }
        turn.hand(woken)
    }
}
