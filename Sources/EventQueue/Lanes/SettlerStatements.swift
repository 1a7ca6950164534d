/// The SQL of ``Settler``, written once per table prefix.
///
/// Rows that are meant are given as a table of their keys that is read first and joined to the real one: no plan can scan the real
/// one and lock what others settle, which a long `IN` list over two columns may do (and a single-table DELETE takes no hint).
struct SettlerStatements: Sendable {
    /// The `visible_at` of a lane with nothing to do.
    static let parked = "'9999-12-31'"

    let lockLanes: String
    let keepLanes: String
    let releaseLanes: String
    let removeEmptyLanes: String
    let backOffLane: String
    let presentDeliveries: String
    let deleteDeliveries: String
    let insertDelivery: String
    let insertWaitingLane: String
    let countAttempts: String
    let insertAttempts: String
    let forgetParts: String

    init(tables: Tables) {
        lockLanes = """
            SELECT id, epoch, owner, turns FROM \(tables.lanes) FORCE INDEX (PRIMARY) WHERE ? ORDER BY id FOR UPDATE
            """
        keepLanes = """
            UPDATE (SELECT 0 AS id, 0 AS last_read UNION ALL VALUES ?) kept STRAIGHT_JOIN \(tables.lanes) l ON l.id = kept.id
            SET l.visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,
                l.in_flight_through = GREATEST(l.in_flight_through, kept.last_read)
            """
        // The lane's row is locked and the read is a fresh one: a delivery that routing has committed is seen here, and one
        // that it has not finds the lane parked and wakes it.
        releaseLanes = """
            UPDATE \(tables.lanes) l FORCE INDEX (PRIMARY)
            SET l.visible_at = IF(EXISTS(SELECT 1 FROM \(tables.deliveries) d WHERE d.lane_id = l.id),
                    UTC_TIMESTAMP(6), \(Self.parked)),
                l.owner = 0, l.in_flight_through = 0
            WHERE l.id IN (?)
            """
        removeEmptyLanes = """
            DELETE l FROM \(tables.lanes) l FORCE INDEX (PRIMARY) WHERE l.id IN (?) AND l.visible_at = \(Self.parked)
            """
        backOffLane = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, owner = 0, in_flight_through = 0 WHERE id = ?
            """
        let settled = """
            (SELECT 0 AS lane_id, 0 AS event_id UNION ALL VALUES ?) settled STRAIGHT_JOIN \(tables.deliveries) d
            ON d.lane_id = settled.lane_id AND d.event_id = settled.event_id
            """
        presentDeliveries = "SELECT d.lane_id, d.event_id FROM \(settled) FOR UPDATE"
        deleteDeliveries = "DELETE d FROM \(settled)"
        insertDelivery = """
            INSERT INTO \(tables.deliveries) (lane_id, event_id, attempts) VALUES (LAST_INSERT_ID(), ?, ?)
            """
        insertWaitingLane = """
            INSERT INTO \(tables.lanes) (listener, lane_key, visible_at)
            VALUES (?, ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)
            """
        countAttempts = """
            UPDATE (SELECT 0 AS lane_id, 0 AS event_id, 0 AS attempts UNION ALL VALUES ?) counted
            STRAIGHT_JOIN \(tables.deliveries) d ON d.lane_id = counted.lane_id AND d.event_id = counted.event_id
            SET d.attempts = counted.attempts
            """
        forgetParts = """
            UPDATE \(tables.attempts) SET parts = '' WHERE event_id = ? AND listener = ? AND parts <> ''
            """
        // Rows of two numbers are read in half the time of rows that repeat all texts.
        insertAttempts = """
            INSERT IGNORE INTO \(tables.attempts)
                (event_id, milliseconds, listener, attempt, outcome, reason, message, parts, worker)
            SELECT made.event_id, made.milliseconds, ?, ?, ?, ?, ?, ?, ?
            FROM (SELECT 0 AS event_id, 0 AS milliseconds FROM DUAL WHERE FALSE UNION ALL VALUES ?) made
            """
    }
}
