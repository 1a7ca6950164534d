public import MariaDBClient

/// Makes failed events due now instead of at their next attempt.
public struct FailedEvents: Sendable {
    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// Makes up to `limit` failed events due, the oldest first, those that are due already last. Exhausted ones stay as they are: they
    /// are dead letters.
    ///
    /// - Returns: how many events were made due.
    public func reset(limit: Int, on connection: Connection) throws -> Int {
        var events: [(id: Int64, key: String?)] = []
        for isWanted in ["scheduled_at > UTC_TIMESTAMP(3)", "scheduled_at <= UTC_TIMESTAMP(3)"]
        where events.count < limit {
            events += try connection.rows(
                """
                SELECT id, COALESCE(NULLIF(ordering_key, ''), NULLIF(instance, ''))
                FROM \(tables.events) FORCE INDEX (event_queue_status) WHERE status = 'failed' AND \(isWanted) ORDER BY id LIMIT ?
                """, [.integer(limit - events.count)]
            ) { (id: $0.integer(0), key: $0.optionalText(1)) }
        }
        guard !events.isEmpty else { return 0 }
        let keys = Set(events.map { $0.key.map { LaneKey.ordered($0) } ?? .single(eventID: $0.id) }).map(\.text)
        return try connection.transaction { connection in
            var lanes: [Int64] = []
            for chunk in IdentifierList.chunks(of: keys.sorted()) {
                lanes += try connection.rows(
                    """
                    SELECT id FROM \(tables.lanes) FORCE INDEX (event_lane_key)
                    WHERE lane_key IN (\(IdentifierList.placeholders(chunk.count)))
                        AND owner = 0 AND visible_at < \(SettlerStatements.parked)
                    """, chunk.map { .text($0) }
                ) { $0.integer(0) }
            }
            try connection.forEachList(
                of: events.map(\.id),
                sql: {
                    """
                    UPDATE \(tables.events) FORCE INDEX (PRIMARY) SET scheduled_at = UTC_TIMESTAMP(3)
                    WHERE status = 'failed' AND scheduled_at IS NOT NULL AND id IN (\($0))
                    """
                })
            try connection.forEachList(
                of: Array(Set(lanes)).sorted(),
                sql: {
                    """
                    UPDATE \(tables.lanes) FORCE INDEX (PRIMARY) SET visible_at = UTC_TIMESTAMP(6)
                    WHERE owner = 0 AND visible_at < \(SettlerStatements.parked) AND id IN (\($0))
                    """
                })
            return events.count
        }
    }
}
