import EventModel
public import MariaDBClient

/// Removes what is done and old, in small steps.
///
/// A step reads a bounded number of rows in the order of an index, from where the step before it ended, and deletes by key those
/// that are old. Ids rise with time, so a walk ends at the first step that meets nothing old: what it costs depends on
/// what there is to remove, not on what is kept.
public struct Retention: Sendable {
    /// How many rows a step reads at the most.
    public static let batch = 1000

    /// How far a walk over the tables has come. A new one begins at the start.
    public struct Walk: Sendable {
        fileprivate var steps: [Step: Int64] = Dictionary(uniqueKeysWithValues: Step.allCases.map { ($0, 0) })

        public init() {}
    }

    /// What is walked over by rising id.
    fileprivate enum Step: CaseIterable {
        case attempts, processed, failed, replayedLetters, discardedLetters
    }

    private static let isDue = "id = 1 AND purged_at < UTC_TIMESTAMP() - INTERVAL ? MICROSECOND"
    private static let workerPeriod = Duration.seconds(7 * 86400)

    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// Whether it is this caller's turn to walk: the first to ask after `interval` gets it, in whatever worker.
    public func takeTurn(interval: Duration, on connection: Connection) throws -> Bool {
        try connection.once(
            """
            UPDATE \(tables.routing) SET purged_at = UTC_TIMESTAMP() WHERE \(Self.isDue)
            """, .integer(interval.microseconds)) > 0
    }

    /// Asks whether it is time to walk.
    func turn(interval: Duration, in script: inout Script) {
        script.add("SELECT 1 FROM \(tables.routing) WHERE \(Self.isDue)", .integer(interval.microseconds))
    }

    /// Takes one step of each kind. Returns false once the walk has come to its end.
    public func purge(_ periods: RetentionPeriods, _ walk: inout Walk, on connection: Connection) throws -> Bool {
        for (step, position) in walk.steps {
            let period = Self.period(of: step, periods)
            walk.steps[step] = try period > .zero ? take(step, after: position, period, on: connection) : nil
        }
        var mayHaveMore = !walk.steps.isEmpty
        for (table, column, period) in [
            (tables.idempotencyKeys, "create_datetime", periods.idempotencyKeys),
            (tables.workers, "seen_at", Self.workerPeriod),
        ] where period > .zero {
            // The index on the column is in the order of age: only what is removed is read.
            let removed = try connection.query(
                """
                DELETE FROM \(table) WHERE \(column) < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND
                ORDER BY \(column) LIMIT ?
                """, [.integer(period.microseconds), .integer(Self.batch)])
            mayHaveMore = mayHaveMore || removed >= Self.batch
        }
        return mayHaveMore
    }

    /// Returns where the next step begins; nil where there is nothing old any more.
    private func take(
        _ step: Step, after position: Int64, _ period: Duration, on connection: Connection
    ) throws -> Int64? {
        let heads = try connection.rows(
            headSQL(of: step), [.integer(period.microseconds), .integer(position), .integer(Self.batch)]
        ) { (id: $0.integer(0), isOld: $0.integer(1) != 0, isDone: $0.integer(2) != 0) }
        let done = heads.filter { $0.isOld && $0.isDone }.map(\.id)
        if !done.isEmpty {
            try connection.transaction { _ = try $0.bulk(deleteSQL(of: step), [.integers(done)]) }
        }
        return heads.count == Self.batch && heads.contains(where: \.isOld) ? heads.last?.id : nil
    }

    /// The id, whether the row is old enough, and whether nobody needs it any more.
    private func headSQL(of step: Step) -> String {
        let events = "\(tables.events) FORCE INDEX (event_queue_status)"
        let letters = "\(tables.deadLetters) FORCE INDEX (event_dlq_status)"
        let isOld = "update_datetime < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND"
        return switch step {
        case .attempts:
            """
            SELECT event_id, MAX(finished_at) < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND,
                COALESCE((SELECT status = 'processed' FROM \(tables.events) WHERE id = event_id), 1)
            FROM \(tables.attempts) FORCE INDEX (PRIMARY) WHERE event_id > ? GROUP BY event_id ORDER BY event_id LIMIT ?
            """
        case .processed:
            "SELECT id, \(isOld), 1 FROM \(events) WHERE status = 'processed' AND id > ? ORDER BY id LIMIT ?"
        case .failed:
            """
            SELECT id, \(isOld), open_deliveries = 0 AND dead_deliveries > 0 AND NOT EXISTS (
                SELECT 1 FROM \(tables.deadLetters) l WHERE l.event_id = e.id AND l.status = 'pending')
            FROM \(tables.events) e FORCE INDEX (event_queue_status)
            WHERE status = 'failed' AND id > ? ORDER BY id LIMIT ?
            """
        case .replayedLetters:
            "SELECT id, \(isOld), 1 FROM \(letters) WHERE status = 'replayed' AND id > ? ORDER BY id LIMIT ?"
        case .discardedLetters:
            "SELECT id, \(isOld), 1 FROM \(letters) WHERE status = 'discarded' AND id > ? ORDER BY id LIMIT ?"
        }
    }

    private func deleteSQL(of step: Step) -> String {
        switch step {
        case .attempts: "DELETE FROM \(tables.attempts) WHERE event_id = ?"
        case .processed: "DELETE FROM \(tables.events) WHERE id = ? AND status = 'processed'"
        case .failed: "DELETE FROM \(tables.events) WHERE id = ? AND status = 'failed' AND open_deliveries = 0"
        case .replayedLetters, .discardedLetters:
            "DELETE FROM \(tables.deadLetters) WHERE id = ? AND status <> 'pending'"
        }
    }

    private static func period(of step: Step, _ periods: RetentionPeriods) -> Duration {
        switch step {
        case .attempts: periods.attempts
        case .processed: periods.processed
        case .failed, .replayedLetters, .discardedLetters: periods.deadLetters
        }
    }
}
