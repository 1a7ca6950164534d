import EventModel
public import MariaDBClient

/// Removes what is done and old, in small steps.
///
/// A step reads a bounded number of rows in the order of an index, from where the step before it ended, and deletes by key those
/// that have been done with for long enough. Ids rise with the time of creation, and nothing is done with before it is made: a walk
/// ends at the first step in which everything was made too late. What it costs depends on what there is to remove, not on what is
/// kept, but for what was scheduled or replayed long after it was made.
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

    /// Also where a clock that was ahead has written a time that is still to come.
    private static let isDue = """
        id = 1 AND purged_at NOT BETWEEN UTC_TIMESTAMP() - INTERVAL ? MICROSECOND AND UTC_TIMESTAMP()
        """
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
        let period = Parameter.integer(period.microseconds)
        let heads = try connection.rows(
            headSQL(of: step), [period, period, .integer(position), .integer(Self.batch)]
        ) { (id: $0.integer(0), isDone: $0.integer(1) != 0, isOld: $0.integer(2) != 0) }
        let done = heads.filter(\.isDone).map(\.id)
        if !done.isEmpty {
            try connection.transaction { _ = try $0.bulk(deleteSQL(of: step), [.integers(done)]) }
        }
        return heads.count == Self.batch && heads.contains(where: \.isOld) ? heads.last?.id : nil
    }

    /// The id, whether nobody needs the row any more and that for long enough, and whether it was made so long ago.
    private func headSQL(of step: Step) -> String {
        let events = "\(tables.events) FORCE INDEX (event_queue_status)"
        let letters = "\(tables.deadLetters) FORCE INDEX (event_dlq_status)"
        let isLongAgo = { (column: String) in "\(column) < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND" }
        let columns = "id, \(isLongAgo("update_datetime")), \(isLongAgo("create_datetime"))"
        return switch step {
        case .attempts:
            """
            SELECT a.event_id, \(isLongAgo("MAX(a.finished_at)")) AND COALESCE(MAX(e.status = 'processed'), 1),
                COALESCE(\(isLongAgo("MAX(e.create_datetime)")), 1)
            FROM \(tables.attempts) a FORCE INDEX (PRIMARY) LEFT JOIN \(tables.events) e ON e.id = a.event_id
            WHERE a.event_id > ? GROUP BY a.event_id ORDER BY a.event_id LIMIT ?
            """
        case .processed:
            "SELECT \(columns) FROM \(events) WHERE status = 'processed' AND id > ? ORDER BY id LIMIT ?"
        case .failed:
            """
            SELECT id, \(isLongAgo("update_datetime")) AND open_deliveries = 0 AND dead_deliveries > 0 AND NOT EXISTS (
                SELECT 1 FROM \(tables.deadLetters) l WHERE l.event_id = e.id AND l.status = 'pending'),
                \(isLongAgo("create_datetime"))
            FROM \(tables.events) e FORCE INDEX (event_queue_status)
            WHERE status = 'failed' AND id > ? ORDER BY id LIMIT ?
            """
        case .replayedLetters:
            "SELECT \(columns) FROM \(letters) WHERE status = 'replayed' AND id > ? ORDER BY id LIMIT ?"
        case .discardedLetters:
            "SELECT \(columns) FROM \(letters) WHERE status = 'discarded' AND id > ? ORDER BY id LIMIT ?"
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
