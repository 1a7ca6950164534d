import EventModel
public import MariaDBClient

/// How long what is done is kept. Zero keeps it for ever; what is unresolved is never removed.
public struct RetentionPeriods: Sendable, Equatable {
    public var attempts: Duration
    public var processed: Duration
    public var deadLetters: Duration
    public var idempotencyKeys: Duration

    public init(
        attempts: Duration = .seconds(86400), processed: Duration = .seconds(30 * 86400),
        deadLetters: Duration = .seconds(7 * 86400), idempotencyKeys: Duration = .seconds(86400)
    ) {
        self.attempts = attempts
        self.processed = processed
        self.deadLetters = deadLetters
        self.idempotencyKeys = idempotencyKeys
    }
}

/// Removes what is done and old, a bounded number of rows per statement.
public struct Retention: Sendable {
    /// How many rows a statement removes at the most, so that none holds locks for long.
    public static let batch = 1000

    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// A statement that removes one batch; run until it removes fewer.
    struct Step {
        let sql: String
        let period: Duration
    }

    /// Removes one batch of each kind. Returns true where there may be more.
    public func purge(_ periods: RetentionPeriods, on connection: Connection) throws -> Bool {
        var mayHaveMore = false
        for step in steps(periods) where step.period > .zero {
            let removed = try connection.query(
                step.sql, [.integer(step.period.microseconds), .integer(Self.batch)])
            mayHaveMore = mayHaveMore || removed >= Self.batch
        }
        return mayHaveMore
    }

    private func steps(_ periods: RetentionPeriods) -> [Step] {
        [
            // Ids rise with time, so the oldest stand first in the primary key and the walk ends at the first batch.
            Step(
                sql: """
                    DELETE FROM \(tables.attempts)
                    WHERE finished_at < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND
                        AND event_id NOT IN (SELECT id FROM \(tables.events) FORCE INDEX (event_queue_status)
                            WHERE status IN ('failed', 'processing'))
                    ORDER BY event_id LIMIT ?
                    """, period: periods.attempts),
            Step(
                sql: """
                    DELETE FROM \(tables.events)
                    WHERE status = 'processed' AND update_datetime < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND
                    ORDER BY id LIMIT ?
                    """, period: periods.processed),
            Step(
                sql: """
                    DELETE FROM \(tables.events)
                    WHERE status = 'failed' AND open_deliveries = 0 AND dead_deliveries > 0
                        AND update_datetime < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND
                        AND id NOT IN (SELECT event_id FROM \(tables.deadLetters) WHERE status = 'pending')
                    ORDER BY id LIMIT ?
                    """, period: periods.deadLetters),
            Step(
                sql: """
                    DELETE FROM \(tables.deadLetters) WHERE status IN ('replayed', 'discarded')
                        AND update_datetime < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND ORDER BY id LIMIT ?
                    """, period: periods.deadLetters),
            Step(
                sql: """
                    DELETE FROM \(tables.idempotencyKeys)
                    WHERE create_datetime < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND LIMIT ?
                    """, period: periods.idempotencyKeys),
            Step(
                sql: """
                    DELETE FROM \(tables.workers) WHERE seen_at < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND LIMIT ?
                    """, period: .seconds(7 * 86400)),
        ]
    }
}
