import EventModel
import MariaDBClient

/// Idempotency keys: the first request with a key makes the event, the same request again gets the same event.
///
/// Keys belong to a tenant. What "the same request" means is a hash of name and payload, so that a key reused by mistake is
/// refused and not silently answered with another event.
struct IdempotencyKeys: Sendable {
    enum Claim: Equatable {
        /// First use, or no key at all: the event is to be written.
        case new
        case used(uuid: String)
        case conflicting

        var earlierUUID: String? {
            if case .used(let uuid) = self { uuid } else { nil }
        }
    }

    private let insertSQL: String
    private let selectSQL: String

    init(tables: Tables) {
        insertSQL = """
            INSERT IGNORE INTO \(tables.idempotencyKeys) (tenant_id, idempotency_key, uuid, request_hash)
            VALUES (?, ?, ?, SHA2(CONCAT(?, '\\n', ?), 256))
            """
        selectSQL = """
            SELECT uuid, request_hash = SHA2(CONCAT(?, '\\n', ?), 256) FROM \(tables.idempotencyKeys)
            WHERE tenant_id = ? AND idempotency_key = ?
            """
    }

    /// Claims the keys of `events`, inside a transaction. Keys are taken in sorted order, so that two requests with the same
    /// keys wait for one another instead of deadlocking.
    func claim(_ events: [NewEvent], on connection: Connection) throws -> [Claim] {
        var claims = [Claim](repeating: .new, count: events.count)
        let keyed = events.indices.filter { events[$0].idempotencyKey != nil }
        for index in keyed.sorted(by: { sortKey(events[$0]) < sortKey(events[$1]) }) {
            let event = events[index]
            let tenant = Parameter.text(event.tenant ?? "")
            let key = Parameter.text(event.idempotencyKey)
            let inserted = try connection.query(
                insertSQL, [tenant, key, .text(event.uuid), .text(event.name), .bytes(event.payload)])
            guard inserted == 0 else { continue }
            try connection.query(selectSQL, [.text(event.name), .bytes(event.payload), tenant, key]) {
                claims[index] = $0.integer(1) == 1 ? .used(uuid: $0.text(0)) : .conflicting
            }
        }
        return claims
    }

    private func sortKey(_ event: NewEvent) -> ExactText {
        ExactText((event.tenant ?? "") + "\u{0}" + (event.idempotencyKey ?? ""))
    }
}
