public import MariaDBClient

/// Who works on this queue: `event_worker`.
public struct WorkerRegistry: Sendable {
    public enum Kind: String, Sendable {
        case daemon, cron, responder
    }

    /// A row of `event_worker`.
    public struct Entry: Sendable {
        public let id: Int64
        public let kind: String
        public let host: String
        public let processID: Int
        public let startedAt: String
        /// Seconds since it last said that it lives, by the database's clock.
        public let secondsSinceSeen: Int64
        public let hasEnded: Bool
        public let summary: String
    }

    /// What a clock that was ahead has left behind proves nothing.
    private static let isNotToCome = "seen_at < UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE"

    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// Enters a worker. Returns its id, which lanes carry as their owner.
    public func register(_ kind: Kind, host: String, processID: Int, on connection: Connection) throws -> Int64 {
        var id: Int64 = 0
        try connection.once(
            "INSERT INTO \(tables.workers) (kind, host, pid) VALUES (?, ?, ?) RETURNING id",
            .text(kind.rawValue), .text(host), .integer(processID)
        ) { id = $0.integer(0) }
        return id
    }

    /// Enters a worker that has come and gone.
    public func note(
        _ kind: Kind, host: String, processID: Int, summary: String, on connection: Connection
    ) throws {
        try connection.once(
            "INSERT INTO \(tables.workers) (kind, host, pid, ended_at, summary) VALUES (?, ?, ?, UTC_TIMESTAMP(3), ?)",
            .text(kind.rawValue), .text(host), .integer(processID), .text(summary))
    }

    /// Says that it lives.
    public func beat(_ id: Int64, summary: String, on connection: Connection) throws {
        try connection.query(
            "UPDATE \(tables.workers) SET seen_at = UTC_TIMESTAMP(3), summary = ? WHERE id = ?",
            [.text(summary), .integer(id)])
    }

    /// Whether another daemon is at work, or was half a minute ago and did not say that it ended.
    public func hasOtherDaemons(than id: Int64, on connection: Connection) throws -> Bool {
        let found = try connection.rows(
            """
            SELECT EXISTS (SELECT 1 FROM \(tables.workers)
                WHERE seen_at > UTC_TIMESTAMP(3) - INTERVAL 30 SECOND AND \(Self.isNotToCome)
                    AND kind = 'daemon' AND ended_at IS NULL AND id <> ?)
            """, [.integer(id)]
        ) { $0.integer(0) != 0 }
        return found == [true]
    }

    /// Says that it has ended, in order.
    public func end(_ id: Int64, summary: String, on connection: Connection) throws {
        try connection.once(
            """
            UPDATE \(tables.workers) SET seen_at = UTC_TIMESTAMP(3), ended_at = UTC_TIMESTAMP(3), summary = ? WHERE id = ?
            """, .text(summary), .integer(id))
    }

    /// Who has not said that it ended, and the last runs of cron, so many of each: those that were seen last first.
    public func list(limit: Int, on connection: Connection) throws -> [Entry] {
        let last = { (condition: String) in
            "(SELECT * FROM \(tables.workers) WHERE \(condition) ORDER BY seen_at DESC LIMIT ?)"
        }
        return try entries(
            "\(last("ended_at IS NULL")) UNION ALL \(last("ended_at IS NOT NULL AND kind = 'cron'"))",
            [.integer(limit), .integer(limit)], on: connection)
    }

    /// Who was seen last of those that deliver; nil where there was never one.
    public func lastSeen(on connection: Connection) throws -> Entry? {
        try entries(
            """
            SELECT * FROM \(tables.workers) WHERE kind <> 'responder' AND \(Self.isNotToCome)
            ORDER BY seen_at DESC LIMIT 1
            """, [],
            on: connection
        ).first
    }

    private func entries(_ rows: String, _ parameters: [Parameter], on connection: Connection) throws -> [Entry] {
        try connection.rows(
            """
            SELECT id, kind, host, pid, started_at, TIMESTAMPDIFF(SECOND, seen_at, UTC_TIMESTAMP(3)),
                ended_at IS NOT NULL, summary
            FROM (\(rows)) AS found ORDER BY seen_at DESC, id DESC
            """, parameters
        ) { row in
            Entry(
                id: row.integer(0), kind: row.text(1), host: row.text(2), processID: Int(row.integer(3)),
                startedAt: row.text(4), secondsSinceSeen: row.integer(5), hasEnded: row.integer(6) != 0,
                summary: row.text(7))
        }
    }
}
