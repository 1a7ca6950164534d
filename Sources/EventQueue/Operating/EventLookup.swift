import EventModel
public import MariaDBClient

/// Answers "where is my message?".
public struct EventLookup: Sendable {
    /// An event as it stands, without its payload. Times are UTC, as the columns hold them.
    public struct State: Sendable {
        public let id: Int64
        public let uuid: String
        public let name: String
        public let status: String
        public let attempts: Int
        public let maxAttempts: Int
        public let errorMessage: String?
        public let scheduledAt: String?
        public let processedAt: String?
        public let createdAt: String
        public let instance: String?
        public let tenant: String?
        public let orderingKey: String?
        public let requestID: String?
        public let sequenceNumber: Int64
        /// Deliveries that are not settled.
        public fileprivate(set) var open: [OpenState] = []
        public fileprivate(set) var attemptHistory: [Attempt] = []
    }

    /// A delivery that is not settled.
    public struct OpenState: Sendable {
        public let listener: String
        public let attempts: Int
        /// When its lane is looked at next; nil where a worker has it right now, or it waits behind another of its lane.
        public let nextAttemptAt: String?
        /// How many deliveries are before it in its lane, up to ``maximumAhead``.
        public let ahead: Int
    }

    public struct Attempt: Sendable {
        public let listener: String
        public let attempt: Int
        public let outcome: String
        public let reason: String
        public let message: String
        public let milliseconds: Int64
        public let at: String
    }

    /// Up to how many deliveries before one are counted.
    public static let maximumAhead = 1000

    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// Finds an event by its id or its uuid; nil where there is none.
    ///
    /// - Parameter tenant: whose event it must be; nil for anybody's.
    public func find(_ identifier: String, of tenant: String? = nil, on connection: Connection) throws -> State? {
        var conditions = [Int64(identifier) == nil ? "uuid = ?" : "id = ?"]
        var parameters = [Int64(identifier).map { Parameter.integer($0) } ?? .text(identifier)]
        if let tenant {
            conditions.append("tenant_id = ?")
            parameters.append(.text(tenant))
        }
        let columns = """
            SELECT id, uuid, event_name, status, attempts, max_attempts, error_message, scheduled_at, processed_at,
                create_datetime, instance, tenant_id, ordering_key, request_id, sequence_number
            FROM \(tables.events) WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT 1
            """
        return try connection.snapshot { connection in
            guard var state = try connection.rows(columns, parameters, State.init).first else { return nil }
            state.open = try openDeliveries(of: state, on: connection)
            state.attemptHistory = try Self.history(of: state.id, tables: tables, on: connection)
            return state
        }
    }

    private func openDeliveries(of event: State, on connection: Connection) throws -> [OpenState] {
        let key = [event.orderingKey, event.instance].lazy.compactMap { $0 }.first { !$0.isEmpty }
        // Whoever routed it may have spread what has no key over another number of lanes.
        let keys =
            (key.map { [.ordered($0)] } ?? (0..<LaneKey.maximumShared).map { LaneKey.shared($0) }) + [
                .single(eventID: event.id)
            ]
        let found = try connection.rows(
            """
            SELECT l.listener, d.attempts, d.lane_id,
                IF(l.owner <> 0 OR l.visible_at >= \(SettlerStatements.parked), NULL, l.visible_at)
            FROM \(tables.lanes) l JOIN \(tables.deliveries) d ON d.lane_id = l.id AND d.event_id = ?
            WHERE l.lane_key IN (\(IdentifierList.placeholders(keys.count))) ORDER BY l.listener
            """,
            [.integer(event.id)] + keys.map { .text($0.text) }
        ) { (listener: $0.text(0), attempts: Int($0.integer(1)), laneID: $0.integer(2), next: $0.optionalText(3)) }
        return try found.map { delivery in
            let ahead = try connection.rows(
                """
                SELECT COUNT(*) FROM (SELECT 1 FROM \(tables.deliveries)
                    WHERE lane_id = ? AND event_id < ? LIMIT \(Self.maximumAhead)) before_it
                """, [.integer(delivery.laneID), .integer(event.id)]
            ) { Int($0.integer(0)) }[0]
            return OpenState(
                listener: delivery.listener, attempts: delivery.attempts,
                nextAttemptAt: ahead == 0 ? delivery.next.map(Self.rfc3339) : nil, ahead: ahead)
        }
    }

    /// Every attempt that was counted for an event, the first one first.
    static func history(of id: Int64, tables: Tables, on connection: Connection) throws -> [Attempt] {
        try connection.rows(
            """
            SELECT listener, attempt, outcome, reason, message, milliseconds, finished_at FROM \(tables.attempts)
            WHERE event_id = ? ORDER BY finished_at LIMIT 1000
            """, [.integer(id)]
        ) { row in
            Attempt(
                listener: row.text(0), attempt: Int(row.integer(1)), outcome: row.text(2), reason: row.text(3),
                message: row.text(4), milliseconds: row.integer(5), at: rfc3339(row.text(6)))
        }
    }

    /// `2026-11-21 09:30:00.123` of the database as RFC 3339.
    static func rfc3339(_ column: String) -> String {
        String(column.map { $0 == " " ? "T" : $0 }) + "Z"
    }
}

extension EventLookup.State {
    fileprivate init(_ row: borrowing Row) {
        id = row.integer(0)
        uuid = row.text(1)
        name = row.text(2)
        status = row.text(3)
        attempts = Int(row.integer(4))
        maxAttempts = Int(row.integer(5))
        errorMessage = row.optionalText(6)
        scheduledAt = row.optionalText(7).map(EventLookup.rfc3339)
        processedAt = row.optionalText(8).map(EventLookup.rfc3339)
        createdAt = EventLookup.rfc3339(row.text(9))
        instance = row.optionalText(10)
        tenant = row.optionalText(11)
        orderingKey = row.optionalText(12)
        requestID = row.optionalText(13)
        sequenceNumber = row.integer(14)
    }
}
