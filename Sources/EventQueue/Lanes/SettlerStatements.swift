/// The SQL of ``Settler``, written once per table prefix.
struct SettlerStatements: Sendable {
    /// The `visible_at` of a lane with nothing to do.
    static let parked = "'9999-12-31'"

    let lockLanes: @Sendable (String) -> String
    let keepLane: String
    let releaseLanes: @Sendable (String) -> String
    let removeEmptyLanes: @Sendable (String) -> String
    let backOffLane: String
    let deleteDelivery: String
    let insertDelivery: String
    let insertWaitingLane: String
    let countAttempt: String
    let insertAttempt: String

    init(tables: Tables) {
        lockLanes = {
            """
            SELECT id, epoch, owner, turns FROM \(tables.lanes) FORCE INDEX (PRIMARY) WHERE id IN (\($0)) ORDER BY id FOR UPDATE
            """
        }
        keepLane = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,
                in_flight_through = GREATEST(in_flight_through, ?)
            WHERE id = ?
            """
        // The lane's row is locked and the read is a fresh one: a delivery that routing has committed is seen here, and one
        // that it has not finds the lane parked and wakes it.
        releaseLanes = {
            """
            UPDATE \(tables.lanes) l FORCE INDEX (PRIMARY)
            SET l.visible_at = IF(EXISTS(SELECT 1 FROM \(tables.deliveries) d WHERE d.lane_id = l.id),
                    UTC_TIMESTAMP(6), \(Self.parked)),
                l.owner = 0, l.in_flight_through = 0
            WHERE l.id IN (\($0))
            """
        }
        removeEmptyLanes = {
            "DELETE FROM \(tables.lanes) WHERE id IN (\($0)) AND visible_at = \(Self.parked)"
        }
        backOffLane = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, owner = 0, in_flight_through = 0 WHERE id = ?
            """
        deleteDelivery = """
            DELETE FROM \(tables.deliveries) WHERE lane_id = ? AND event_id = ? RETURNING lane_id, event_id
            """
        insertDelivery = "INSERT INTO \(tables.deliveries) (lane_id, event_id, attempts) VALUES (?, ?, ?)"
        insertWaitingLane = """
            INSERT INTO \(tables.lanes) (listener, lane_key, visible_at)
            VALUES (?, ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND) RETURNING id
            """
        countAttempt = "UPDATE \(tables.deliveries) SET attempts = ? WHERE lane_id = ? AND event_id = ?"
        insertAttempt = """
            INSERT IGNORE INTO \(tables.attempts)
                (event_id, listener, attempt, outcome, reason, message, milliseconds, worker)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
    }
}
