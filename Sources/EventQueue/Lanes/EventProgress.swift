import EventModel
import MariaDBClient

/// Moves events along as their deliveries are settled.
///
/// `open_deliveries` is counted down under the event's row lock, so that whoever settles the last delivery, in whatever
/// worker, sees that it was the last.
struct EventProgress: Sendable {
    private let closeSQL: String
    private let failSQL: String

    init(tables: Tables) {
        // MariaDB assigns from left to right: each line sees what the lines above it have set.
        closeSQL = """
            UPDATE \(tables.events) FORCE INDEX (PRIMARY)
            SET open_deliveries = open_deliveries - ?,
                dead_deliveries = dead_deliveries + ?,
                scheduled_at = IF(open_deliveries = 0, NULL, scheduled_at),
                status = CASE WHEN open_deliveries > 0 THEN IF(dead_deliveries > 0, 'failed', status)
                    WHEN dead_deliveries > 0 THEN 'failed' ELSE 'processed' END,
                update_datetime = UTC_TIMESTAMP(3)
            WHERE ?
            """
        failSQL = """
            UPDATE \(tables.events) FORCE INDEX (PRIMARY)
            SET attempts = GREATEST(attempts, ?), error_message = ?, status = 'failed',
                scheduled_at = IF(? < 0, scheduled_at, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND),
                update_datetime = UTC_TIMESTAMP(3)
            WHERE id = ? AND open_deliveries > 0
            """
    }

    func advance(_ settlements: [Settlement], in script: inout Script) {
        recordFailures(settlements, in: &script)
        var closed: [Int64: Closed] = [:]
        for settlement in settlements where settlement.isFinal && settlement.result != .vanished {
            closed[settlement.eventID, default: Closed()].count(settlement)
        }
        let groups = Dictionary(grouping: closed, by: \.value)
        for (change, events) in groups.sorted(by: { $0.key < $1.key }) {
            script.add(
                closeSQL, .integer(change.deliveries), .integer(change.dead), .among(column: "id", events.map(\.key)))
        }
    }

    private func recordFailures(_ settlements: [Settlement], in script: inout Script) {
        for settlement in settlements.sorted(by: { $0.eventID < $1.eventID }) {
            guard let message = settlement.failureMessage else { continue }
            var delay: Int64 = -1
            if case .retry(_, _, let pause) = settlement.result { delay = pause.microseconds }
            script.add(
                failSQL, .integer(settlement.attempt), .text(message), .integer(delay), .integer(delay),
                .integer(settlement.eventID))
        }
    }

    /// How many deliveries of an event were closed at once, and how many of those are dead.
    private struct Closed: Hashable, Comparable {
        var deliveries = 0
        var dead = 0

        mutating func count(_ settlement: Settlement) {
            deliveries += 1
            if case .dead = settlement.result { dead += 1 }
        }

        static func < (left: Closed, right: Closed) -> Bool {
            (left.deliveries, left.dead) < (right.deliveries, right.dead)
        }
    }
}

extension Settlement {
    /// What `error_message` says; nil where nothing failed.
    var failureMessage: String? {
        switch result {
        case .retry(let reason, let message, _), .dead(let reason, let message):
            "\(lane.listener): \(reason): \(message)"
        case .delivered, .vanished: nil
        }
    }
}
