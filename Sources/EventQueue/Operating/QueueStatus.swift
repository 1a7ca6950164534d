public import MariaDBClient

/// How the queue stands, for people and for monitoring.
public struct QueueStatus: Sendable, Equatable {
    /// Events by status. Processed ones are not counted: there are too many.
    public var pending: Int64 = 0
    public var scheduled: Int64 = 0
    public var processing: Int64 = 0
    /// Failed and to be retried.
    public var retrying: Int64 = 0
    /// Failed for good.
    public var failed: Int64 = 0
    /// Those of them that never got to a listener: no JSON, or values that no table takes.
    public var unroutable: Int64 = 0
    /// How long what stands still for longest has done so, in seconds: since it was dispatched, since its time or that of its next
    /// attempt came, or since something of it was last done. 0 where nothing does.
    public var oldestSeconds: Int64 = 0
    /// Dead letters that nobody has dealt with.
    public var deadLetters: Int64 = 0
    /// Lanes that are ready or at work.
    public var activeLanes: Int64 = 0

    /// The figures by name, for programs.
    public var json: String {
        """
        {"pending":\(pending),"scheduled":\(scheduled),"processing":\(processing),"retrying":\(retrying),\
        "failed":\(failed),"unroutable":\(unroutable),"oldest_seconds":\(oldestSeconds),"dead_letters":\(deadLetters),"active_lanes":\(activeLanes)}
        """
    }

    /// Reads it. Costs a walk over the index of what is not processed.
    public static func read(tables: Tables, on connection: Connection) throws -> QueueStatus {
        var status = QueueStatus()
        try connection.query(
            """
            SELECT status, COUNT(*) FROM \(tables.events) FORCE INDEX (event_queue_status)
            WHERE status IN ('pending', 'scheduled', 'processing') GROUP BY status
            """
        ) { row in
            switch row.text(0) {
            case "pending": status.pending = row.integer(1)
            case "scheduled": status.scheduled = row.integer(1)
            default: status.processing = row.integer(1)
            }
        }
        try connection.query(
            """
            SELECT CAST(COALESCE(SUM(scheduled_at IS NOT NULL), 0) AS SIGNED),
                CAST(COALESCE(SUM(scheduled_at IS NULL), 0) AS SIGNED),
                CAST(COALESCE(SUM(scheduled_at IS NULL AND dead_deliveries = 0), 0) AS SIGNED)
            FROM \(tables.events) FORCE INDEX (event_queue_status) WHERE status = 'failed'
            """
        ) { (status.retrying, status.failed, status.unroutable) = ($0.integer(0), $0.integer(1), $0.integer(2)) }
        try connection.query(
            """
            SELECT COALESCE(MAX(TIMESTAMPDIFF(SECOND, since, UTC_TIMESTAMP())), 0) FROM (
                (SELECT create_datetime AS since FROM \(tables.events) FORCE INDEX (event_queue_status)
                    WHERE status = 'pending' ORDER BY id LIMIT 1)
                UNION ALL
                (SELECT update_datetime FROM \(tables.events) FORCE INDEX (event_queue_status)
                    WHERE status = 'processing' ORDER BY id LIMIT 1)
                UNION ALL
                (SELECT scheduled_at FROM \(tables.events) FORCE INDEX (event_queue_scheduled_at)
                    WHERE status = 'scheduled' AND scheduled_at <= UTC_TIMESTAMP(3) ORDER BY scheduled_at LIMIT 1)) heads
            """
        ) { status.oldestSeconds = max($0.integer(0), 0) }
        status.oldestSeconds = max(status.oldestSeconds, try oldestReadySeconds(tables: tables, on: connection))
        try connection.query("SELECT COUNT(*) FROM \(tables.deadLetters) WHERE status = 'pending'") {
            status.deadLetters = $0.integer(0)
        }
        try connection.query(
            "SELECT COUNT(*) FROM \(tables.lanes) WHERE visible_at < \(SettlerStatements.parked)"
        ) { status.activeLanes = $0.integer(0) }
        return status
    }

    /// For how long the lane that nobody claims for longest has had something to start: since it was ready, or since something of its first
    /// event was last done. The lanes of a worker that died are put before the others by a time that is none.
    static func oldestReadySeconds(tables: Tables, on connection: Connection) throws -> Int64 {
        try connection.rows(
            """
            SELECT COALESCE(MAX(TIMESTAMPDIFF(SECOND,
                GREATEST(ready.visible_at, COALESCE(e.update_datetime, ready.visible_at)), UTC_TIMESTAMP())), 0)
            FROM (SELECT l.visible_at,
                    (SELECT d.event_id FROM \(tables.deliveries) d WHERE d.lane_id = l.id ORDER BY d.event_id LIMIT 1) head
                FROM \(tables.lanes) l FORCE INDEX (event_lane_claim) WHERE l.visible_at <= UTC_TIMESTAMP(6)) ready
            LEFT JOIN \(tables.events) e ON e.id = ready.head WHERE ready.head IS NOT NULL
            """
        ) { $0.integer(0) }[0]
    }
}
