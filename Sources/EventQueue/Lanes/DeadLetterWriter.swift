import MariaDBClient

/// Writes dead letters, in the transaction that settles their last attempt: never in neither place.
struct DeadLetterWriter: Sendable {
    /// How many attempts a dead letter carries, the last ones: an app may allow thousands, and replays add to them. All of them, with
    /// the longest messages, fit into the least `max_allowed_packet` that we work with, 1 MiB; a longer history could not be written.
    static let historyLimit = 300

    private let insertSQL: String

    init(tables: Tables) {
        insertSQL = """
            INSERT INTO \(tables.deadLetters) (event_id, uuid, listener, event_name, payload, instance, tenant_id,
                ordering_key, request_id, reason, error_message, attempts, history)
            SELECT e.id, e.uuid, ?, e.event_name, e.payload, e.instance, e.tenant_id, e.ordering_key, e.request_id, ?, ?, ?,
                COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('attempt', a.attempt, 'at', a.finished_at,
                    'outcome', a.outcome, 'reason', a.reason, 'message', a.message, 'milliseconds', a.milliseconds)
                    ORDER BY a.finished_at)
                    FROM (SELECT * FROM \(tables.attempts) WHERE event_id = ? AND listener = ?
                        ORDER BY finished_at DESC LIMIT \(Self.historyLimit)) a), '[]')
            FROM \(tables.events) e WHERE e.id = ?
            """
    }

    func write(_ settlements: [Settlement], in script: inout Script) {
        for settlement in settlements {
            guard case .dead(let reason, let message) = settlement.result else { continue }
            let listener = Script.Value.text(settlement.lane.listener)
            script.add(
                insertSQL, listener, .text(reason), .text(message), .integer(settlement.attempt),
                .integer(settlement.eventID), listener, .integer(settlement.eventID))
        }
    }
}
