import EventModel
import MariaDBClient

/// Moves events along as their deliveries are settled.
///
/// `open_deliveries` is counted down under the event's row lock, so that whoever settles the last delivery, in whatever
/// worker, sees that it was the last.
struct EventProgress: Sendable {
    private let closeSQL: @Sendable (String) -> String
    private let failSQL: String

    init(tables: Tables) {
        // MariaDB assigns from left to right: each line sees what the lines above it have set.
        closeSQL = {
            """
            UPDATE \(tables.events) FORCE INDEX (PRIMARY)
            SET open_deliveries = open_deliveries - ?,
                dead_deliveries = dead_deliveries + ?,
                scheduled_at = IF(open_deliveries = 0, NULL, scheduled_at),
                status = CASE WHEN open_deliveries > 0 THEN IF(dead_deliveries > 0, 'failed', status)
                    WHEN dead_deliveries > 0 THEN 'failed' ELSE 'processed' END,
                update_datetime = UTC_TIMESTAMP(3)
            WHERE id IN (\($0))
            """
        }
        failSQL = """
            UPDATE \(tables.events) FORCE INDEX (PRIMARY)
            SET attempts = GREATEST(attempts, ?), error_message = ?, status = 'failed',
                scheduled_at = IF(? < 0, scheduled_at, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND),
                update_datetime = UTC_TIMESTAMP(3)
            WHERE id = ?
            """
    }

    func advance(_ settlements: [Settlement], on connection: Connection) throws {
        try recordFailures(settlements, on: connection)
        var closed: [Int64: Closed] = [:]
        for settlement in settlements where settlement.isFinal && settlement.result != .vanished {
            closed[settlement.eventID, default: Closed()].count(settlement)
        }
        let groups = Dictionary(grouping: closed, by: \.value)
        for (change, events) in groups.sorted(by: { $0.key < $1.key }) {
            try connection.forEachList(
                of: events.map(\.key).sorted(),
                leading: [.integer(change.deliveries), .integer(change.dead)], sql: closeSQL)
        }
    }

    private func recordFailures(_ settlements: [Settlement], on connection: Connection) throws {
        let failed = settlements.filter { $0.failureMessage != nil }.sorted { $0.eventID < $1.eventID }
        let delays = failed.map { settlement -> Int64 in
            if case .retry(_, _, let delay) = settlement.result { delay.microseconds } else { -1 }
        }
        try connection.bulk(
            failSQL,
            [
                .integers(failed.map { Int64($0.attempt) }), .texts(failed.map(\.failureMessage)), .integers(delays),
                .integers(delays), .integers(failed.map(\.eventID)),
            ])
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
