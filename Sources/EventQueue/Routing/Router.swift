import EventModel
public import MariaDBClient

/// Takes accepted events, oldest first, and puts a delivery for each of their listeners into its lane.
///
/// Routing is serialised by one row that is locked for one short transaction, so lanes are filled in event order and
/// sequences have no gaps. Nothing but SQL happens inside.
public struct Router: Sendable {
    /// Says who listens to an event, in order. Called inside the transaction: it must not wait.
    public typealias Resolve = @Sendable (EventToRoute) -> [String]

    private let heads: HeadReader
    private let lanes: LaneRegistry
    private let sequences: InstanceSequences
    private let lockSQL: String
    private let insertDeliverySQL: String
    private let statuses: RoutingStatuses
    private let sharedLanes: Int

    /// - Parameter sharedLanes: over how many lanes of a listener keyless deliveries are spread.
    public init(tables: Tables, sharedLanes: Int) {
        heads = HeadReader(tables: tables)
        lanes = LaneRegistry(tables: tables)
        sequences = InstanceSequences(tables: tables)
        statuses = RoutingStatuses(tables: tables)
        lockSQL = "SELECT id FROM \(tables.routing) WHERE id = 1 FOR UPDATE SKIP LOCKED"
        insertDeliverySQL = "INSERT INTO \(tables.deliveries) (lane_id, event_id) VALUES (?, ?)"
        self.sharedLanes = sharedLanes
    }

    /// Routes up to `limit` events behind `watermark`, and scheduled ones that became due within the last `window`.
    public func route(
        limit: Int, behind watermark: Int64, dueWithin window: Duration = DueWindow.everything, resolve: Resolve,
        on connection: Connection
    ) throws -> (routed: Routed, lastID: Int64) {
        try connection.transaction { connection in
            var routed = Routed()
            guard try !connection.rows(lockSQL, [], { $0.integer(0) }).isEmpty else {
                routed.isBusy = true
                return (routed, 0)
            }
            let due = try heads.due(within: window, limit: limit, on: connection)
            routed.mayHaveMoreDue = due.count >= limit
            let pending = try heads.pending(limit: max(limit - due.count, 0), behind: watermark, on: connection)
            let all = (due + pending).sorted { $0.event.id < $1.event.id }
            guard !all.isEmpty else { return (routed, 0) }
            routed.mayHaveMore = all.count >= limit
            try route(all, into: &routed, resolve: resolve, on: connection)
            return (routed, pending.last?.event.id ?? 0)
        }
    }

    private func route(
        _ heads: [HeadReader.Head], into routed: inout Routed, resolve: Resolve, on connection: Connection
    ) throws {
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
        let ids = try lanes.identifiers(of: Set(wanted.map(\.lane)), on: connection)
        let rows = wanted.compactMap { delivery in ids[delivery.lane].map { (lane: $0, event: delivery.eventID) } }
            .sorted { ($0.lane, $0.event) < ($1.lane, $1.event) }
        try connection.bulk(insertDeliverySQL, [.integers(rows.map(\.lane)), .integers(rows.map(\.event))])
        try statuses.accept(
            zip(accepted, numbers).map { ($0.head.event.id, $0.listeners.count, $1) }, on: connection)
        // Last, and so locked for the shortest: settling meets routing at the lanes.
        try lanes.wake(Set(rows.map(\.lane)), on: connection)

        routed.postponed = postponed.count
        routed.invalid = invalid.count
        routed.events = accepted.count
        routed.unheard = accepted.count { $0.listeners.isEmpty }
        routed.listeners = Set(accepted.flatMap(\.listeners))
    }
}
