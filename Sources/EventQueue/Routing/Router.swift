import EventModel
public import MariaDBClient

/// Takes accepted events, oldest first, and puts a delivery for each of their listeners into its lane.
///
/// Routing is serialised by one row that is locked for one short transaction, so lanes are filled in event order and
/// sequences have no gaps. Nothing but SQL happens inside.
public final class Router: Sendable {
    /// Says who listens to an event, in order. Called inside the transaction: it must not wait.
    public typealias Resolve = @Sendable (EventToRoute) -> [String]

    private let heads: HeadReader
    private let lanes: LaneRegistry
    private let waker: LaneWaker
    private let sequences: InstanceSequences
    private let lockSQL: String
    private let insertDeliverySQL: String
    private let statuses: RoutingStatuses
    private let sharedLanes: Int
    private let knownLanes = KnownLanes()

    /// - Parameter sharedLanes: over how many lanes of a listener keyless deliveries are spread.
    public init(tables: Tables, sharedLanes: Int) {
        heads = HeadReader(tables: tables)
        lanes = LaneRegistry(tables: tables)
        waker = LaneWaker(tables: tables)
        sequences = InstanceSequences(tables: tables)
        statuses = RoutingStatuses(tables: tables)
        lockSQL = "SELECT id FROM \(tables.routing) WHERE id = 1 FOR UPDATE SKIP LOCKED"
        insertDeliverySQL = "INSERT INTO \(tables.deliveries) (lane_id, event_id) VALUES (?, ?)"
        self.sharedLanes = sharedLanes
    }

    /// What to look at in one turn.
    public struct Scope: Sendable {
        /// How many events at the most.
        public var limit: Int
        /// Pending events behind this one; 0 for all.
        public var watermark: Int64 = 0
        /// Scheduled events that became due no longer ago.
        public var dueWithin = DueWindow.everything

        public init(limit: Int, watermark: Int64 = 0, dueWithin: Duration = DueWindow.everything) {
            self.limit = limit
            self.watermark = watermark
            self.dueWithin = dueWithin
        }
    }

    /// Routes the oldest events of `scope`.
    ///
    /// - Parameter offer: what the routing worker would take of them at once.
    /// - Throws: ``UnconfirmedClaim`` where the answer to COMMIT was lost and lanes were handed over.
    public func route(
        _ scope: Scope, offer: HandoverOffer? = nil, resolve: Resolve, on connection: Connection
    ) throws -> Routed {
        do {
            return try route(scope, offer: offer, known: knownLanes.all, resolve: resolve, on: connection)
        } catch is LaneWaker.LaneGone {
            knownLanes.forget()
            return try route(scope, offer: offer, known: [:], resolve: resolve, on: connection)
        }
    }

    private func route(
        _ scope: Scope, offer: HandoverOffer?, known: [LaneRegistry.Name: Int64], resolve: Resolve,
        on connection: Connection
    ) throws -> Routed {
        var routed = Routed()
        var found: [LaneRegistry.Name: Int64] = [:]
        _ = try connection.claimTransaction { connection in
            routed = Routed()
            guard try !connection.rows(lockSQL, [], { $0.integer(0) }).isEmpty else {
                routed.isBusy = true
                return []
            }
            let due = try heads.due(within: scope.dueWithin, limit: scope.limit, on: connection)
            routed.mayHaveMoreDue = due.count >= scope.limit
            let pending = try heads.pending(
                limit: max(scope.limit - due.count, 0), behind: scope.watermark, on: connection)
            let all = (due + pending).sorted { $0.event.id < $1.event.id }
            guard !all.isEmpty else { return [] }
            routed.mayHaveMore = all.count >= scope.limit
            routed.lastPendingID = pending.last?.event.id ?? 0
            found = try route(all, into: &routed, offer: offer, known: known, resolve: resolve, on: connection)
            return routed.handover.claimed
        }
        knownLanes.note(found)
        return routed
    }

    /// - Returns: the lanes that were not known.
    private func route(
        _ heads: [HeadReader.Head], into routed: inout Routed, offer: HandoverOffer?,
        known: [LaneRegistry.Name: Int64], resolve: Resolve, on connection: Connection
    ) throws -> [LaneRegistry.Name: Int64] {
        var postponed: [Int64] = []
        var invalid: [(id: Int64, message: String)] = []
        var accepted: [(head: HeadReader.Head, listeners: [String])] = []
        for head in heads {
            if head.isLater {
                postponed.append(head.event.id)
            } else if let problem = try self.heads.payload(of: head, on: connection).flatMap(JSONSlices.problem(in:)) {
                invalid.append((head.event.id, "Invalid JSON payload: \(problem)"))
            } else {
                accepted.append((head, resolve(head.event)))
            }
        }
        try statuses.postpone(postponed, on: connection)
        try statuses.fail(invalid, on: connection)

        let numbers = try sequences.next(for: accepted.map(\.head.event.instance), on: connection)
        var wanted: [(lane: LaneRegistry.Name, eventID: Int64)] = []
        for (head, listeners) in accepted {
            let key = LaneKey.forEvent(id: head.event.id, key: head.laneKey, sharedLanes: sharedLanes)
            for listener in listeners { wanted.append((.init(listener: listener, key: key), head.event.id)) }
        }
        let unknown = Set(wanted.map(\.lane)).filter { known[$0] == nil }
        let found = try lanes.identifiers(of: unknown, on: connection)
        let rows = wanted.compactMap { delivery in
            (known[delivery.lane] ?? found[delivery.lane]).map { (lane: $0, event: delivery.eventID) }
        }.sorted { ($0.lane, $0.event) < ($1.lane, $1.event) }
        try connection.bulk(insertDeliverySQL, [.integers(rows.map(\.lane)), .integers(rows.map(\.event))])
        try statuses.accept(
            zip(accepted, numbers).map { ($0.head.event.id, $0.listeners.count, $1) }, on: connection)
        var fillings: [Int64: LaneWaker.Filling] = [:]
        for row in rows { fillings[row.lane, default: .init(first: row.event, count: 0)].count += 1 }
        // Last, and so locked for the shortest: settling meets routing at the lanes.
        if let offer, !fillings.isEmpty {
            (routed.handover, routed.listeners) = try waker.wake(fillings, offer: offer, on: connection)
        } else {
            try waker.wake(Set(fillings.keys), on: connection)
            routed.listeners = Set(accepted.flatMap(\.listeners))
        }

        routed.postponed = postponed.count
        routed.invalid = invalid.count
        routed.events = accepted.count
        routed.unheard = accepted.count { $0.listeners.isEmpty }
        return found
    }
}
