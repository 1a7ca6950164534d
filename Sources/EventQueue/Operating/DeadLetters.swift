public import MariaDBClient

/// Dead letters: to look at, to try again, or to give up.
public struct DeadLetters: Sendable {
    public struct Entry: Sendable {
        public let id: Int64
        public let eventID: Int64
        public let uuid: String
        public let listener: String
        public let eventName: String
        public let reason: String
        public let message: String
        public let attempts: Int
        public let status: String
        public let createdAt: String
        /// JSON; only for a single entry.
        public let payload: String?
        /// A JSON array of attempts; only for a single entry.
        public let history: String?
    }

    public enum Status: String, Sendable, CaseIterable {
        case pending, replayed, discarded
    }

    /// Which dead letters are meant.
    public enum Selection: Sendable {
        case entry(Int64)
        /// The oldest that nobody has dealt with.
        case pending(limit: Int)
    }

    private let tables: Tables
    private let lanes: LaneRegistry
    private let waker: LaneWaker

    public init(tables: Tables) {
        self.tables = tables
        lanes = LaneRegistry(tables: tables)
        waker = LaneWaker(tables: tables)
    }

    /// The newest first.
    public func list(status: Status, limit: Int, on connection: Connection) throws -> [Entry] {
        try connection.rows(
            "\(columns(payload: "NULL, NULL")) WHERE status = ? ORDER BY id DESC LIMIT ?",
            [.text(status.rawValue), .integer(limit)], Self.entry)
    }

    /// The listeners of a selection, or of all that nobody has dealt with.
    public func listeners(of selection: Selection, on connection: Connection) throws -> Set<String> {
        var id: Int64?
        if case .entry(let entry) = selection { id = entry }
        return Set(
            try connection.rows(
                "SELECT DISTINCT listener FROM \(tables.deadLetters) WHERE status = 'pending' AND id = COALESCE(?, id)",
                [id.map { .integer($0) } ?? .null]
            ) { $0.text(0) })
    }

    /// One, with payload and history; nil where there is none.
    public func show(_ id: Int64, on connection: Connection) throws -> Entry? {
        try connection.rows("\(columns(payload: "payload, history")) WHERE id = ?", [.integer(id)], Self.entry).first
    }

    /// Puts deliveries back at the place in their lane that their event has, with all attempts before them.
    ///
    /// - Parameter listeners: those that deliver. What is for others would wait in its lane, and be a dead letter no more.
    /// - Returns: how many were put back. Those whose event is gone are not.
    public func replay(_ selection: Selection, to listeners: Set<String>, on connection: Connection) throws -> Int {
        guard !listeners.isEmpty else { return 0 }
        return try replay(selection, among: listeners.sorted().map { .text($0) }, on: connection)
    }

    private func replay(_ selection: Selection, among listeners: [Parameter], on connection: Connection) throws -> Int {
        try connection.transaction { connection in
            // Lanes may be made here, which only the router may do: its mutex is held meanwhile.
            try connection.query("SELECT id FROM \(tables.routing) WHERE id = 1 FOR UPDATE")
            let letters = try lock(
                selection,
                // The number alone may be another event's by now: a table that was emptied by TRUNCATE counts anew.
                and: """
                    listener IN (\(IdentifierList.placeholders(listeners.count)))
                    AND EXISTS (SELECT 1 FROM \(tables.events) e WHERE e.id = event_id AND e.uuid = \(tables.deadLetters).uuid)
                    """, listeners, on: connection)
            var lanesToWake: Set<Int64> = []
            var events: [Int64] = []
            var replayed = 0
            for letter in letters {
                guard let lane = try lane(for: letter, on: connection) else { continue }
                let inserted = try connection.query(
                    "INSERT IGNORE INTO \(tables.deliveries) (lane_id, event_id) VALUES (?, ?)",
                    [.integer(lane), .integer(letter.eventID)])
                lanesToWake.insert(lane)
                // Where it is open already, because the event was set back by hand, it counts already.
                if inserted == 1 { events.append(letter.eventID) }
                try mark(letter.id, .replayed, on: connection)
                replayed += 1
            }
            // Events before lanes, each by rising id, as everywhere.
            try connection.bulk(
                """
                UPDATE \(tables.events) SET open_deliveries = open_deliveries + 1,
                    dead_deliveries = GREATEST(dead_deliveries - 1, 0),
                    status = IF(dead_deliveries > 0 OR scheduled_at IS NOT NULL, 'failed', 'processing'),
                    update_datetime = UTC_TIMESTAMP(3)
                WHERE id = ?
                """, [.integers(events.sorted())])
            if !lanesToWake.isEmpty {
                var script = Script()
                waker.wake(lanesToWake.sorted(), in: &script)
                try connection.run(script)
            }
            return replayed
        }
    }

    /// The lane of an ordering key is found or made. Without a key it is a new one: the one that the delivery had may be about to be
    /// removed.
    private func lane(for letter: Letter, on connection: Connection) throws -> Int64? {
        if let key = letter.laneKey {
            let name = LaneRegistry.Name(listener: letter.listener, key: .ordered(key))
            return try lanes.identifiers(of: [name], on: connection)[name]
        }
        return try connection.rows(
            "INSERT INTO \(tables.lanes) (listener, lane_key, visible_at) VALUES (?, ?, UTC_TIMESTAMP(6)) RETURNING id",
            [.text(letter.listener), .text(LaneKey.single(eventID: letter.eventID).text)]
        ) { $0.integer(0) }.first
    }

    /// Gives dead letters up. Their events stay `failed`. Returns how many.
    public func discard(_ selection: Selection, on connection: Connection) throws -> Int {
        try connection.transaction { connection in
            let letters = try lock(selection, on: connection)
            for letter in letters { try mark(letter.id, .discarded, on: connection) }
            return letters.count
        }
    }

    private struct Letter {
        let id: Int64
        let eventID: Int64
        let listener: String
        let laneKey: String?
    }

    private func lock(
        _ selection: Selection, and isWanted: String = "TRUE", _ values: [Parameter] = [], on connection: Connection
    ) throws -> [Letter] {
        let condition: String
        let parameters: [Parameter]
        switch selection {
        case .entry(let id): (condition, parameters) = ("id = ?", [.integer(id)])
        case .pending(let limit): (condition, parameters) = ("TRUE ORDER BY id LIMIT ?", [.integer(limit)])
        }
        return try connection.rows(
            """
            SELECT id, event_id, listener, COALESCE(NULLIF(ordering_key, ''), NULLIF(instance, '')) FROM \(tables.deadLetters)
            WHERE status = 'pending' AND \(isWanted) AND \(condition) FOR UPDATE
            """, values + parameters
        ) {
            Letter(id: $0.integer(0), eventID: $0.integer(1), listener: $0.text(2), laneKey: $0.optionalText(3))
        }
    }

    private func mark(_ id: Int64, _ status: Status, on connection: Connection) throws {
        try connection.query(
            "UPDATE \(tables.deadLetters) SET status = ?, update_datetime = UTC_TIMESTAMP(3) WHERE id = ?",
            [.text(status.rawValue), .integer(id)])
    }

    private func columns(payload: String) -> String {
        """
        SELECT id, event_id, uuid, listener, event_name, reason, error_message, attempts, status, create_datetime, \(payload)
        FROM \(tables.deadLetters)
        """
    }

    private static func entry(_ row: borrowing Row) -> Entry {
        Entry(
            id: row.integer(0), eventID: row.integer(1), uuid: row.text(2), listener: row.text(3),
            eventName: row.text(4), reason: row.text(5), message: row.text(6), attempts: Int(row.integer(7)),
            status: row.text(8), createdAt: EventLookup.rfc3339(row.text(9)), payload: row.optionalText(10),
            history: row.optionalText(11))
    }
}
