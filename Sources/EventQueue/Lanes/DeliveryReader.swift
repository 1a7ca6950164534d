import MariaDBClient

/// Reads the open deliveries of lanes, a bounded number of each, with their events.
///
/// In two steps that each go along with another script: first which deliveries there are, from their narrow table, then their events,
/// in one reading for all lanes. A join per lane costs three times as much.
struct DeliveryReader: Sendable {
    /// Longer payloads are left out and read one at a time, so that what is read ahead stays small.
    static let deferredPayloadBytes = 8 << 10

    /// What to read: up to `limit` deliveries of a lane behind event `after`.
    struct Request: Sendable {
        let laneID: Int64
        var after: Int64 = 0
        let limit: Int
    }

    private let deliverySQL: String
    private let eventSQL: String
    private let payloadSQL: String
    /// How many lanes one statement reads.
    private static let lanesPerStatement = 64

    init(tables: Tables) {
        deliverySQL = """
            (SELECT lane_id, event_id, attempts FROM \(tables.deliveries)
            WHERE lane_id = ? AND event_id > ? ORDER BY event_id LIMIT ?)
            """
        eventSQL = """
            SELECT id, uuid, event_name, IF(OCTET_LENGTH(payload) <= \(Self.deferredPayloadBytes), payload, NULL), instance,
                tenant_id, ordering_key, sequence_number, request_id, max_attempts,
                TIMESTAMPDIFF(MICROSECOND, '1970-01-01', create_datetime) DIV 1000
            FROM \(tables.events) FORCE INDEX (PRIMARY) WHERE ?
            """
        payloadSQL = "SELECT payload FROM \(tables.events) WHERE id = ?"
    }

    /// Reads which deliveries there are. A `LIMIT` per lane, so that a deep lane never hides the others.
    func find(_ requests: [Request], in script: inout Script) {
        for start in stride(from: 0, to: requests.count, by: Self.lanesPerStatement) {
            let part = requests[start..<min(start + Self.lanesPerStatement, requests.count)]
            script.add(
                Array(repeating: deliverySQL, count: part.count).joined(separator: " UNION ALL "),
                part.flatMap { [.integer($0.laneID), .integer($0.after), .integer($0.limit)] })
        }
    }

    /// Reads the events of what was found.
    func readEvents(of reading: LaneReading, in script: inout Script) {
        guard !reading.isEmpty else { return }
        script.add(eventSQL, .among(column: "id", reading.events))
    }

    /// The payload of an event whose payload was deferred; nil where the row is gone.
    func payload(ofEvent id: Int64, on connection: Connection) throws -> [UInt8]? {
        try connection.rows(payloadSQL, [.integer(id)]) { $0.bytes(0) }.first
    }
}
