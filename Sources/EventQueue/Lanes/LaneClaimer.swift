import EventModel
public import MariaDBClient

/// Claims lanes: raises their epoch, sets the end of the lease, and reads what is first in them.
///
/// The claim is also the rescue: `visible_at` is ready time, end of back-off and end of lease in one, so a lane whose holder
/// died comes back by itself.
public struct LaneClaimer: Sendable {
    private let readySQL: String
    private let selectByIDSQL: String
    private let leaseSQL: String
    private let reader: DeliveryReader
    private static let columns =
        "id, listener, lane_key, epoch + 1, GREATEST(in_flight_through, suspect_through), turns"

    public init(tables: Tables) {
        readySQL = """
            SELECT \(Self.columns) FROM \(tables.lanes) FORCE INDEX (event_lane_claim)
            WHERE listener = ? AND visible_at <= UTC_TIMESTAMP(6)
            ORDER BY visible_at, id LIMIT ?
            """
        selectByIDSQL = """
            SELECT \(Self.columns) FROM \(tables.lanes) FORCE INDEX (PRIMARY)
            WHERE id IN (?) AND visible_at <= UTC_TIMESTAMP(6) ORDER BY id FOR UPDATE SKIP LOCKED
            """
        // The mark of a router whose COMMIT nobody answered says nothing about this claim.
        leaseSQL = """
            UPDATE (SELECT 0 AS id, 0 AS suspect, 0 AS last_read UNION ALL VALUES ?) claimed
            STRAIGHT_JOIN \(tables.lanes) l ON l.id = claimed.id
            SET l.visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, l.epoch = l.epoch + 1, l.owner = ?,
                l.suspect_through = claimed.suspect, l.in_flight_through = claimed.last_read, l.lease_mark = 0
            """
        reader = DeliveryReader(tables: tables)
    }

    /// Claims up to `lanes` lanes of `listener` that are ready, the longest ready first, and reads the first of each.
    ///
    /// - Throws: ``UnconfirmedClaim`` where the answer to COMMIT was lost.
    public func claim(
        listener: String, lanes: Int, depth: LaneDepth, owner: Int64, lease: Duration, on connection: Connection
    ) throws -> [LoadedLane] {
        var select = Script()
        select.add(readySQL + " FOR UPDATE SKIP LOCKED", .text(listener), .integer(lanes))
        return try claim(select, depth: depth, owner: owner, lease: lease, on: connection)
    }

    /// Asks for up to `lanes` lanes of `listener` that could be claimed.
    func ready(listener: String, lanes: Int, in script: inout Script) {
        script.add(readySQL, .text(listener), .integer(lanes))
    }

    /// Claims those of the lanes that are ready and that nobody holds.
    public func claim(
        ids: [Int64], depth: LaneDepth, owner: Int64, lease: Duration, on connection: Connection
    ) throws -> [LoadedLane] {
        guard !ids.isEmpty else { return [] }
        var select = Script()
        select.add(selectByIDSQL, .list(ids.sorted()))
        return try claim(select, depth: depth, owner: owner, lease: lease, on: connection)
    }

    /// In three round trips: which lanes are ready, what is in them, and the lease with the events.
    private func claim(
        _ select: Script, depth: LaneDepth, owner: Int64, lease: Duration, on connection: Connection
    ) throws -> [LoadedLane] {
        var lanes: [(lane: Lane, turn: Int64)] = []
        do {
            return try connection.transaction { connection in
                lanes.removeAll()
                try connection.run(select) { _, row in lanes.append((Lane(row), turn: row.integer(5))) }
                return try take(lanes, depth: depth, owner: owner, lease: lease, on: connection)
            }
        } catch let error as DatabaseError where error.isCommitUnknown && !lanes.isEmpty {
            throw UnconfirmedClaim(
                lanes: lanes.map { LoadedLane(lane: $0, deliveries: [], hasMore: true, turn: $1) }, cause: error)
        }
    }

    private func take(
        _ lanes: [(lane: Lane, turn: Int64)], depth: LaneDepth, owner: Int64, lease: Duration,
        on connection: Connection
    ) throws -> [LoadedLane] {
        guard !lanes.isEmpty else { return [] }
        var reading = LaneReading()
        var script = Script()
        reader.find(lanes.map { .init(laneID: $0.lane.id, limit: depth.limit(for: $0.lane.key)) }, in: &script)
        try connection.run(script) { _, row in reading.takeDelivery(row) }

        script = Script()
        reader.readEvents(of: reading, in: &script)
        script.add(
            leaseSQL,
            .rows(
                lanes.map(\.lane).sorted { $0.id < $1.id }.map {
                    [.integer($0.id), .integer($0.suspectThrough), .integer(reading.lastRead(in: $0.id))]
                }), .integer(lease.microseconds), .integer(owner))
        try connection.commit(with: script) { _, row in reading.takeEvent(row) }
        let deliveries = reading.deliveries
        return lanes.map { lane, turn in
            let read = deliveries[lane.id] ?? []
            return LoadedLane(
                lane: lane, deliveries: read, hasMore: read.count >= depth.limit(for: lane.key), turn: turn)
        }
    }
}

extension Lane {
    /// From id, listener, key, epoch of the claim, and the last event that is suspect.
    init(_ row: borrowing Row) {
        self.init(
            id: row.integer(0), listener: row.text(1), key: LaneKey(text: row.text(2)) ?? .ordered(row.text(2)),
            epoch: row.integer(3), suspectThrough: row.integer(4))
    }
}
