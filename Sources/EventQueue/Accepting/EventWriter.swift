import EventModel
public import FoundationEssentials
public import MariaDBClient

/// An event that does not fit into one statement (`max_allowed_packet`).
public struct PayloadTooLarge: Error {}

/// Writes accepted events: many rows, one statement, one commit.
public struct EventWriter: Sendable {
    private let insertSQL: String
    private let statesSQL: @Sendable (String) -> String
    private let keys: IdempotencyKeys
    /// More than the columns beside the payload can take.
    private static let rowBytes = 4096

    public init(tables: Tables) {
        insertSQL = """
            INSERT INTO \(tables.events) (event_name, payload, status, max_attempts, scheduled_at, uuid, request_id,
                instance, tenant_id, ordering_key, source)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """
        statesSQL = { "SELECT uuid, id, status FROM \(tables.events) WHERE uuid IN (\($0))" }
        keys = IdempotencyKeys(tables: tables)
    }

    /// Writes `events` and commits. Either all of them are there afterwards, or none.
    ///
    /// - Returns: one answer per event, in the order given.
    /// - Throws: ``PayloadTooLarge`` where one fits into no statement.
    public func write(_ events: [NewEvent], on connection: Connection, now: Date) throws -> [Acceptance] {
        // Without idempotency keys, and where it all fits, it is one statement, which commits by itself.
        let parts = try parts(of: events, on: connection)
        guard parts.count > 1 || events.contains(where: { $0.idempotencyKey != nil }) else {
            return try insert(events, on: connection, now: now)
        }
        // Whoever asks waits for the answer, and may ask again.
        return try connection.transaction(isPatient: false) { try write(events, inTransactionOn: $0, now: now) }
    }

    /// Writes `events` inside a transaction of the caller's.
    func write(_ events: [NewEvent], inTransactionOn connection: Connection, now: Date) throws -> [Acceptance] {
        let claims = try keys.claim(events, on: connection)
        let fresh = events.indices.filter { claims[$0] == .new }
        var answers = [Acceptance?](repeating: nil, count: events.count)
        let inserted = try parts(of: fresh.map { events[$0] }, on: connection).flatMap {
            try insert($0, on: connection, now: now)
        }
        for (index, answer) in zip(fresh, inserted) { answers[index] = answer }
        let known = try states(of: claims.compactMap(\.earlierUUID), on: connection)
        return events.indices.map { index in
            if let answer = answers[index] { return answer }
            guard let uuid = claims[index].earlierUUID else { return .conflicting }
            // The row may have been purged since: the event was accepted all the same.
            let state = known[uuid] ?? (id: 0, status: "processed")
            return .repeated(id: state.id, uuid: uuid, status: state.status)
        }
    }

    /// Which of `uuids` are there, with their id and status: settles what a lost answer to COMMIT left open.
    public func states(
        of uuids: [String], on connection: Connection
    ) throws -> [String: (id: Int64, status: String)] {
        var found: [String: (id: Int64, status: String)] = [:]
        for chunk in IdentifierList.chunks(of: uuids) {
            try connection.query(statesSQL(IdentifierList.placeholders(chunk.count)), chunk.map { .text($0) }) {
                found[$0.text(0)] = (id: $0.integer(1), status: $0.text(2))
            }
        }
        return found
    }

    /// Cuts `events` so that each part fits into one packet, which is what a statement with all its rows travels in.
    private func parts(of events: [NewEvent], on connection: Connection) throws -> [ArraySlice<NewEvent>] {
        let limit = try connection.server().maximumPacketSize
        var parts: [ArraySlice<NewEvent>] = []
        var (start, bytes) = (0, 0)
        for (index, event) in events.enumerated() {
            let size = event.payload.count + Self.rowBytes
            // The server would end the connection.
            guard size < limit else { throw PayloadTooLarge() }
            if index > start, bytes + size > limit / 2 {
                parts.append(events[start..<index])
                (start, bytes) = (index, 0)
            }
            bytes += size
        }
        if start < events.count { parts.append(events[start...]) }
        return parts
    }

    private func insert(_ events: some Collection<NewEvent>, on connection: Connection, now: Date) throws
        -> [Acceptance]
    {
        let statuses = events.map { event in
            event.scheduledAt.map { $0 > now } == true ? "scheduled" : "pending"
        }
        var identifiers: [Int64] = []
        identifiers.reserveCapacity(events.count)
        try connection.bulk(
            insertSQL,
            [
                .texts(events.map(\.name)),
                .bytes(events.map(\.payload)),
                .texts(statuses),
                .integers(events.map { Int64($0.maxAttempts) }),
                .texts(events.map { $0.scheduledAt.map(UTCText.sql) }),
                .texts(events.map(\.uuid)),
                .texts(events.map(\.requestID)),
                .texts(events.map(\.instance)),
                .texts(events.map(\.tenant)),
                .texts(events.map(\.orderingKey)),
                .texts(events.map(\.source.rawValue)),
            ]
        ) { identifiers.append($0.integer(0)) }
        return zip(zip(identifiers, events), statuses).map { row, status in
            .accepted(id: row.0, uuid: row.1.uuid, status: status)
        }
    }
}
