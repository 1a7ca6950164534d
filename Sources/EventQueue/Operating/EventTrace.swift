public import MariaDBClient

/// How far a single event is, read often by a request that waits for it.
public struct EventTrace: Sendable {
    public let status: String
    /// Lanes that still hold a delivery of it.
    public let openLanes: [Int64]
    /// The last attempt of each listener that has made one.
    public let attempts: [EventLookup.Attempt]

    /// Reads the trace; nil where the event is gone.
    public static func read(
        event id: Int64, key: LaneKey, tables: Tables, on connection: Connection
    ) throws -> EventTrace? {
        try connection.snapshot { try readMoment(event: id, key: key, tables: tables, on: $0) }
    }

    private static func readMoment(
        event id: Int64, key: LaneKey, tables: Tables, on connection: Connection
    ) throws -> EventTrace? {
        let statuses = try connection.rows(
            "SELECT status FROM \(tables.events) WHERE id = ?", [.integer(id)]
        ) { $0.text(0) }
        guard let status = statuses.first else { return nil }
        let open = try connection.rows(
            """
            SELECT l.id FROM \(tables.lanes) l JOIN \(tables.deliveries) d ON d.lane_id = l.id AND d.event_id = ?
            WHERE l.lane_key IN (?, ?)
            """, [.integer(id), .text(key.text), .text(LaneKey.single(eventID: id).text)]
        ) { $0.integer(0) }
        var last: [String: EventLookup.Attempt] = [:]
        for attempt in try EventLookup.history(of: id, tables: tables, on: connection) {
            last[attempt.listener] = attempt
        }
        return EventTrace(status: status, openLanes: open, attempts: last.values.sorted { $0.listener < $1.listener })
    }
}
