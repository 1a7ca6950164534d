import EventModel
public import MariaDBClient

/// Brings lanes back that would otherwise wait too long, and removes those that nobody needs any more.
public struct LaneRescue: Sendable {
    private static let tooFar = """
        visible_at > UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND AND visible_at < \(SettlerStatements.parked)
        """

    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// Makes the lanes of a worker that is known to be dead ready at once. Returns how many.
    ///
    /// They go before all that became ready meanwhile, as they did when they were claimed.
    public func release(ofDead worker: Int64, on connection: Connection) throws -> Int {
        let ids = try connection.rows(
            "SELECT id FROM \(tables.lanes) WHERE owner = ? AND visible_at < \(SettlerStatements.parked)",
            [.integer(worker)]
        ) { $0.integer(0) }
        var released = 0
        for chunk in IdentifierList.chunks(of: ids.sorted()) {
            released += try connection.transaction { connection in
                try connection.query(
                    """
                    UPDATE \(tables.lanes) FORCE INDEX (PRIMARY) SET visible_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, owner = 0
                    WHERE id IN (\(IdentifierList.placeholders(chunk.count))) AND owner = ?
                    """, chunk.map { .integer($0) } + [.integer(worker)])
            }
        }
        return released
    }

    /// Makes lanes ready whose time is further away than anything can put it: it was written by a clock that was ahead.
    ///
    /// A lane that somebody holds stays theirs for another lease, in which they renew it. Looks first, without locks, in the index
    /// alone: there are hardly ever any.
    public func bringBackFarAway(
        beyond longest: Duration, lease: Duration, on connection: Connection
    ) throws -> Int {
        var look = Script()
        farAway(beyond: longest, limit: 10_000, in: &look)
        var ids: [Int64] = []
        try connection.run(look) { ids.append($1.integer(0)) }
        try connection.forEachList(
            of: ids.sorted(), leading: [.integer(lease.microseconds), .integer(longest.microseconds)],
            sql: { list in
                """
                UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
                SET visible_at = IF(owner = 0, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)
                WHERE \(Self.tooFar) AND id IN (\(list))
                """
            })
        return ids.count
    }

    /// Asks for lanes whose time is further away than `longest`.
    func farAway(beyond longest: Duration, limit: Int, in script: inout Script) {
        script.add(
            "SELECT id FROM \(tables.lanes) FORCE INDEX (event_lane_claim) WHERE \(Self.tooFar) LIMIT ?",
            .integer(longest.microseconds), .integer(limit))
    }

    /// Looks at up to `limit` lanes behind `position` and removes those that have been parked for long.
    ///
    /// Routing is kept out meanwhile, so that no delivery can arrive in a lane that is being removed; a lane that is made again
    /// has a new id.
    ///
    /// - Returns: where to look next, which is the same place where somebody was routing; nil at the end of the table.
    public func removeIdle(
        olderThan age: Duration, after position: Int64 = 0, limit: Int, on connection: Connection
    ) throws -> Int64? {
        try connection.transaction { connection in
            let lock = "SELECT id FROM \(tables.routing) WHERE id = 1 FOR UPDATE SKIP LOCKED"
            guard try !connection.rows(lock, [], { $0.integer(0) }).isEmpty else { return position }
            let lanes = try connection.rows(
                """
                SELECT id, visible_at = \(SettlerStatements.parked)
                    AND active_at < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND
                    AND NOT EXISTS (SELECT 1 FROM \(tables.deliveries) d WHERE d.lane_id = l.id)
                FROM \(tables.lanes) l FORCE INDEX (PRIMARY) WHERE id > ? ORDER BY id LIMIT ?
                """, [.integer(age.microseconds), .integer(position), .integer(limit)]
            ) { (id: $0.integer(0), isIdle: $0.integer(1) != 0) }
            try connection.bulk(
                "DELETE FROM \(tables.lanes) WHERE id = ? AND visible_at = \(SettlerStatements.parked)",
                [.integers(lanes.filter(\.isIdle).map(\.id))])
            if lanes.contains(where: \.isIdle) {
                try connection.query("UPDATE \(tables.routing) SET lane_removals = lane_removals + 1 WHERE id = 1")
            }
            return lanes.count == limit ? lanes.last?.id : nil
        }
    }
}
