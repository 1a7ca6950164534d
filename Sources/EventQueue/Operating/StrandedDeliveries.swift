public import MariaDBClient

/// Deliveries that nobody makes: those for a listener that was renamed, removed or switched off wait until it is back.
public struct StrandedDeliveries: Sendable {
    private let tables: Tables

    public init(tables: Tables) {
        self.tables = tables
    }

    /// How many there are for each listener but `listeners`.
    public func count(besides listeners: Set<String>, on connection: Connection) throws -> [(
        listener: String, count: Int
    )] {
        // No listener has an empty name.
        let known = [""] + listeners.sorted()
        return try connection.rows(
            """
            SELECT l.listener, COUNT(*) FROM \(tables.lanes) l FORCE INDEX (event_lane_claim)
            JOIN \(tables.deliveries) d ON d.lane_id = l.id
            WHERE l.listener NOT IN (\(IdentifierList.placeholders(known.count)))
            GROUP BY l.listener ORDER BY l.listener
            """, known.map { .text($0) }
        ) { (listener: $0.text(0), count: Int($0.integer(1))) }
    }
}
