import MariaDBClient

/// Moves routed events to their next status.
struct RoutingStatuses: Sendable {
    private let acceptSQL: String
    private let acceptNumberedSQL: String
    private let postponeSQL: @Sendable (String) -> String
    private let failSQL: String

    init(tables: Tables) {
        // Both counts begin here: an app may have written any number into its row, and one that runs over could not be settled.
        let accept = """
            UPDATE \(tables.events) FORCE INDEX (PRIMARY)
            SET open_deliveries = ?, dead_deliveries = 0, status = IF(open_deliveries = 0, 'processed', 'processing'),
                scheduled_at = NULL, update_datetime = UTC_TIMESTAMP(3)
            """
        acceptSQL = "\(accept) WHERE ?"
        acceptNumberedSQL = "\(accept), sequence_number = ? WHERE id = ?"
        postponeSQL = { "UPDATE \(tables.events) FORCE INDEX (PRIMARY) SET status = 'scheduled' WHERE id IN (\($0))" }
        failSQL = """
            UPDATE \(tables.events) FORCE INDEX (PRIMARY)
            SET status = 'failed', dead_deliveries = 0, scheduled_at = NULL, error_message = ?,
                update_datetime = UTC_TIMESTAMP(3)
            WHERE id = ?
            """
    }

    /// An event in its lanes, or processed where nobody listens.
    struct Accepted {
        let id: Int64
        let listeners: Int
        /// Its place among those of its instance; 0 without one.
        let sequenceNumber: Int64
    }

    /// Events of instances, each with its number.
    func acceptNumbered(_ events: [Accepted], on connection: Connection) throws {
        let numbered = events.filter { $0.sequenceNumber > 0 }
        try connection.bulk(
            acceptNumberedSQL,
            [
                .integers(numbered.map { Int64($0.listeners) }), .integers(numbered.map(\.sequenceNumber)),
                .integers(numbered.map(\.id)),
            ])
    }

    /// The others: one statement per number of listeners.
    func acceptUnnumbered(_ events: [Accepted], in script: inout Script) {
        let groups = Dictionary(grouping: events.filter { $0.sequenceNumber == 0 }, by: \.listeners)
        for (listeners, group) in groups.sorted(by: { $0.key < $1.key }) {
            script.add(acceptSQL, .integer(listeners), .among(column: "id", group.map(\.id)))
        }
    }

    func postpone(_ ids: [Int64], on connection: Connection) throws {
        try connection.forEachList(of: ids, sql: postponeSQL)
    }

    func fail(_ events: [(id: Int64, message: String)], on connection: Connection) throws {
        try connection.bulk(failSQL, [.texts(events.map(\.message)), .integers(events.map(\.id))])
    }
}
