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
    private let lockedEvents: LockedEvents
    private let lanes: LaneRegistry
    private let waker: LaneWaker
    private let sequences: InstanceSequences
    private let statuses: RoutingStatuses
    private let setBack: SetBackEvents
    private let lockSQL: String
    private let insertSQL: String
    private let sharedLanes: Int
    private let knownLanes = KnownLanes()
    private let unconfirmed = Mutex<[LaneWaker.Leasing]>([])
    private let caution: LockCaution
    /// How many events are read at once behind those that are left out, and how often in one turn.
    private static let furtherHeads = 500
    private static let furtherReadings = 20

    /// - Parameters:
    ///   - sharedLanes: over how many lanes of a listener keyless deliveries are spread.
    ///   - isCautious: whether it asks from the start which events are locked: who routes once and ends would wait for them each time.
    public init(tables: Tables, sharedLanes: Int, isCautious: Bool = false) {
        caution = LockCaution(isPermanent: isCautious)
        heads = HeadReader(tables: tables)
        lockedEvents = LockedEvents(tables: tables)
        lanes = LaneRegistry(tables: tables)
        waker = LaneWaker(tables: tables)
        sequences = InstanceSequences(tables: tables)
        statuses = RoutingStatuses(tables: tables)
        setBack = SetBackEvents(tables: tables)
        lockSQL = "SELECT lane_removals FROM \(tables.routing) WHERE id = 1 FOR UPDATE SKIP LOCKED"
        // One that is open already, because an app has set its event back to `pending`, stays as it is.
        insertSQL = "INSERT IGNORE INTO \(tables.deliveries) (lane_id, event_id) VALUES ?"
        self.sharedLanes = sharedLanes
    }

    /// Routes the oldest events of `scope`.
    ///
    /// - Parameter offer: what the routing worker would take of them at once. Where the answer to COMMIT is lost, the next turn
    ///   finds out which lanes were leased to it.
    public func route(
        _ scope: Scope, offer: HandoverOffer? = nil, resolve: Resolve, on connection: Connection
    ) throws -> Routed {
        try caution.attempt {
            do {
                return try routeTogether(scope, offer: offer, resolve: resolve, on: connection)
            } catch let error where Self.isAboutAnEvent(error) {
                return try routeSingly(scope, resolve: resolve, on: connection)
            }
        }
    }

    /// One event after another: one of them cannot be routed with the others, and must not stop them. An app may write what it likes
    /// into its rows; one whose values no table takes is failed.
    private func routeSingly(_ scope: Scope, resolve: Resolve, on connection: Connection) throws -> Routed {
        var all = Routed()
        // The second one tells that there is more.
        var single = scope
        single.limit = 2
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
                try leaveOutLocked(&turn, limit: scope.limit, on: connection)
                if isSingle { turn.keepFirst() }
                guard !turn.heads.isEmpty else { return }
                try admit(&turn, resolve: resolve, on: connection)
                try fill(&turn, on: connection)
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
        // What is left out may be below the mark, and must not be overtaken.
        heads.pending(
            limit: scope.limit, behind: caution.hasMetLocks ? 0 : scope.watermark, isWhole: isWhole, in: &script)
        // What is left out of what is due must be seen each time, too.
        if let window = caution.hasMetLocks ? DueWindow.everything : scope.dueWithin {
            let limit = caution.isInForce ? max(scope.limit, Self.furtherHeads) : scope.limit
            heads.due(within: window, limit: limit, isWhole: isWhole, in: &script)
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
    /// until that has once taken too long. Then only what is free goes on, for a while, and what is behind it that no locked one has to
    /// go before. Rows of events are locked before deliveries are then, and not behind them: where that meets a settlement, one of
    /// both is done again.
    private func leaveOutLocked(_ turn: inout RoutingTurn, limit: Int, on connection: Connection) throws {
        guard caution.isInForce, !turn.heads.isEmpty else { return }
        try takeFree(of: turn.takeHeads(), into: &turn, limit: limit, on: connection)
        guard turn.routed.locked > 0 else { return }
        caution.met()
        for _ in 0..<Self.furtherReadings where turn.routed.mayHaveMore && turn.heads.count < limit {
            let further = try heads.further(limit: Self.furtherHeads, behind: turn.routed.lastPendingID, on: connection)
            let last = try takeFree(of: further, into: &turn, limit: limit, on: connection)
            turn.routed.lastPendingID = last ?? turn.routed.lastPendingID
            turn.routed.mayHaveMore = further.count == Self.furtherHeads
        }
        // What is left out is there again the next time: that is soon enough.
        turn.routed.mayHaveMore = turn.heads.count == limit || turn.routed.mayHaveMore && !turn.heads.isEmpty
    }

    /// Returns the last one that was looked at.
    @discardableResult
    private func takeFree(
        of candidates: [HeadReader.Head], into turn: inout RoutingTurn, limit: Int, on connection: Connection
    ) throws -> Int64? {
        let unblocked = turn.unblocked(candidates).map(\.event.id)
        return turn.add(candidates, besides: try lockedEvents.lockOthers(unblocked, on: connection), limit: limit)
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

    /// Numbers events, puts deliveries into lanes, wakes those, and commits.
    private func fill(_ turn: inout RoutingTurn, on connection: Connection) throws {
        // One that was set back by hand keeps its number.
        let numbers = try sequences.next(
            for: turn.accepted.map { $0.head.sequenceNumber > 0 ? nil : $0.head.event.instance }, on: connection)
        for (index, number) in numbers.enumerated() {
            let head = turn.accepted[index].head
            turn.accepted[index].sequenceNumber = head.event.instance == nil ? 0 : max(number, head.sequenceNumber)
        }
        try setBack.callBack(&turn.accepted, on: connection)
        turn.found = try lanes.identifiers(of: turn.unknownLanes(sharedLanes: sharedLanes), on: connection)
        let accepted = turn.accepted.map {
            RoutingStatuses.Accepted(
                id: $0.head.event.id, listeners: $0.listeners.count, sequenceNumber: $0.sequenceNumber)
        }
        try statuses.acceptNumbered(accepted, on: connection)

        try turn.fill(sharedLanes: sharedLanes)
        var script = Script()
        if !turn.fillings.isEmpty { script.add(insertSQL, .pairs(turn.rows)) }
        statuses.acceptUnnumbered(accepted, in: &script)
        // Last, and so locked for the shortest: settling meets routing at the lanes.
        waker.wake(turn.fillings.map(\.lane).sorted(), leasing: turn.leasing, in: &script)
        var woken: [LaneWaker.Woken] = []
        try connection.commit(with: script) { _, row in woken.append(LaneWaker.woken(row)) }
        turn.hand(woken)
    }
}
