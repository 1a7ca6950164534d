import EventModel
import FoundationEssentials
public import MariaDBClient

/// Reads the open deliveries of lanes, a bounded number of each, with their events.
public struct DeliveryReader: Sendable {
    /// Longer payloads are left out and read one at a time, so that what is read ahead stays small.
    public static let deferredPayloadBytes = 8 << 10

    /// What to read: up to `limit` deliveries of a lane behind event `after`.
    public struct Request: Sendable {
        public let laneID: Int64
        public let after: Int64
        public let limit: Int

        public init(laneID: Int64, after: Int64 = 0, limit: Int) {
            self.laneID = laneID
            self.after = after
            self.limit = limit
        }
    }

    private let arm: String
    private let payloadSQL: String
    private let statements: [Int: String]
    private static let armCounts = [1, 4, 16, 64]

    public init(tables: Tables) {
        let arm = """
            (SELECT d.lane_id, d.event_id, d.attempts, e.id, e.uuid, e.event_name,
                IF(OCTET_LENGTH(e.payload) <= \(Self.deferredPayloadBytes), e.payload, NULL), e.instance, e.tenant_id,
                e.ordering_key, e.sequence_number, e.request_id, e.max_attempts,
                CAST(UNIX_TIMESTAMP(e.create_datetime) * 1000 AS SIGNED)
            FROM \(tables.deliveries) d LEFT JOIN \(tables.events) e ON e.id = d.event_id
            WHERE d.lane_id = ? AND d.event_id > ? ORDER BY d.event_id LIMIT ?)
            """
        self.arm = arm
        statements = Dictionary(
            uniqueKeysWithValues: Self.armCounts.map { count in
                (count, Array(repeating: arm, count: count).joined(separator: " UNION ALL "))
            })
        payloadSQL = "SELECT payload FROM \(tables.events) WHERE id = ?"
    }

    /// Reads in one round trip for up to 64 lanes. A `LIMIT` per lane, so that a deep lane never hides the others.
    public func read(_ requests: [Request], on connection: Connection) throws -> [Int64: [OpenDelivery]] {
        var found: [Int64: [OpenDelivery]] = [:]
        var rest = requests[...]
        while !rest.isEmpty {
            let count = Self.armCounts.first { $0 >= rest.count } ?? Self.armCounts[Self.armCounts.count - 1]
            let part = rest.prefix(count)
            rest = rest.dropFirst(count)
            var parameters: [Parameter] = []
            for request in part {
                parameters += [.integer(request.laneID), .integer(request.after), .integer(request.limit)]
            }
            for _ in part.count..<count { parameters += [.integer(0), .integer(0), .integer(1)] }
            guard let sql = statements[count] else { preconditionFailure("no statement for \(count) lanes") }
            try connection.query(sql, parameters) { row in
                let delivery = Self.delivery(row)
                found[delivery.laneID, default: []].append(delivery)
            }
        }
        return found
    }

    /// The payload of an event whose payload was deferred; nil where the row is gone.
    public func payload(ofEvent id: Int64, on connection: Connection) throws -> [UInt8]? {
        try connection.rows(payloadSQL, [.integer(id)]) { $0.bytes(0) }.first
    }

    private static func delivery(_ row: borrowing Row) -> OpenDelivery {
        let eventID = row.integer(1)
        guard !row.isNull(3) else {
            return OpenDelivery(laneID: row.integer(0), eventID: eventID, attempts: Int(row.integer(2)), event: nil)
        }
        let event = Event(
            id: eventID, uuid: row.text(4), name: row.text(5), payload: row.bytes(6), instance: row.optionalText(7),
            tenant: row.optionalText(8), orderingKey: row.optionalText(9), sequenceNumber: row.integer(10),
            requestID: row.optionalText(11),
            acceptedAt: Date(timeIntervalSince1970: Double(row.integer(13)) / 1000),
            maxAttempts: Int(row.integer(12)))
        return OpenDelivery(
            laneID: row.integer(0), eventID: eventID, attempts: Int(row.integer(2)), event: event,
            isPayloadDeferred: row.isNull(6))
    }
}
