import EventModel
public import MariaDBClient

/// Claims lanes: raises their epoch, sets the end of the lease, and reads what is first in them.
///
/// The claim is also the rescue: `visible_at` is ready time, end of back-off and end of lease in one, so a lane whose holder
/// died comes back by itself.
public struct LaneClaimer: Sendable {
    private let selectSQL: String
    private let selectByIDSQL: @Sendable (String) -> String
    private let leaseSQL: String
    private let reader: DeliveryReader
    private static let columns =
        "id, listener, lane_key, epoch + 1, GREATEST(in_flight_through, suspect_through), turns"

    public init(tables: Tables) {
        selectSQL = """
            SELECT \(Self.columns) FROM \(tables.lanes) FORCE INDEX (event_lane_claim)
            WHERE listener = ? AND visible_at <= UTC_TIMESTAMP(6)
            ORDER BY visible_at, id LIMIT ? FOR UPDATE SKIP LOCKED
            """
        selectByIDSQL = {
            """
            SELECT \(Self.columns) FROM \(tables.lanes) FORCE INDEX (PRIMARY)
            WHERE id IN (\($0)) AND visible_at <= UTC_TIMESTAMP(6) ORDER BY id FOR UPDATE SKIP LOCKED
            """
        }
        leaseSQL = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, epoch = epoch + 1, owner = ?,
                suspect_through = GREATEST(suspect_through, in_flight_through), in_flight_through = ?
            WHERE id = ?
            """
        reader = DeliveryReader(tables: tables)
    }

    /// Claims up to `lanes` lanes of `listener` that are ready, the longest ready first, and reads the first of each.
    ///
    /// - Throws: ``UnconfirmedClaim`` where the answer to COMMIT was lost.
    public func claim(
        listener: String, lanes: Int, depth: LaneDepth, owner: Int64, lease: Duration, on connection: Connection
    ) throws -> [LoadedLane] {
        try connection.claimTransaction { connection in
            let claimed = try connection.rows(selectSQL, [.text(listener), .integer(lanes)], Self.lane)
            return try take(claimed, depth: depth, owner: owner, lease: lease, on: connection)
        }
    }

    /// Claims those of the lanes that are ready and that nobody holds.
    public func claim(
        ids: [Int64], depth: LaneDepth, owner: Int64, lease: Duration, on connection: Connection
    ) throws -> [LoadedLane] {
        try connection.claimTransaction { connection in
            var claimed: [Int64: (Lane, turn: Int64)] = [:]
            try connection.forEachList(of: ids.sorted(), sql: selectByIDSQL) { claimed[$0.integer(0)] = Self.lane($0) }
            return try take(Array(claimed.values), depth: depth, owner: owner, lease: lease, on: connection)
        }
    }

    private func take(
        _ lanes: [(lane: Lane, turn: Int64)], depth: LaneDepth, owner: Int64, lease: Duration,
        on connection: Connection
    ) throws -> [LoadedLane] {
        guard !lanes.isEmpty else { return [] }
        let found = try reader.read(
            lanes.map { .init(laneID: $0.lane.id, limit: depth.limit(for: $0.lane.key)) }, on: connection)
        let ids = lanes.map(\.lane.id).sorted()
        try connection.bulk(
            leaseSQL,
            [
                .integers(ids.map { _ in lease.microseconds }), .integers(ids.map { _ in owner }),
                .integers(ids.map { found[$0]?.last?.eventID ?? 0 }), .integers(ids),
            ])
        return lanes.map { lane, turn in
            let deliveries = found[lane.id] ?? []
            return LoadedLane(
                lane: lane, deliveries: deliveries, hasMore: deliveries.count >= depth.limit(for: lane.key), turn: turn)
        }
    }

    private static func lane(_ row: borrowing Row) -> (Lane, turn: Int64) {
        (Lane(row), row.integer(5))
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

extension Connection {
    /// Runs `body` in a transaction that claims lanes.
    ///
    /// - Throws: ``UnconfirmedClaim`` where the answer to COMMIT was lost.
    func claimTransaction(_ body: (Connection) throws -> [LoadedLane]) throws -> [LoadedLane] {
        var lanes: [LoadedLane] = []
        do {
            try transaction { lanes = try body($0) }
            return lanes
        } catch let error as DatabaseError where error.isCommitUnknown && !lanes.isEmpty {
            throw UnconfirmedClaim(lanes: lanes, cause: error)
        }
    }
}
