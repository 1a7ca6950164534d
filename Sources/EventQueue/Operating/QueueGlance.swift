import EventModel
public import MariaDBClient

/// Whether anything waits to be done: asks, without a lock and in one round trip, what routing, claiming, bringing back and purging
/// would each begin with.
///
/// Most runs of cron come for nothing, and need not be entered, lock the router's row and write twice to find that out.
public struct QueueGlance: Sendable {
    private let heads: HeadReader
    private let claimer: LaneClaimer
    private let rescue: LaneRescue
    private let retention: Retention

    public init(tables: Tables) {
        heads = HeadReader(tables: tables)
        claimer = LaneClaimer(tables: tables)
        rescue = LaneRescue(tables: tables)
        retention = Retention(tables: tables)
    }

    /// - Parameters:
    ///   - listeners: whose lanes count.
    ///   - longest: beyond which no lane can have been put off (``LaneRescue``).
    ///   - purgeInterval: how often is purged (``Retention``).
    public func findsWork(
        for listeners: some Sequence<String>, longest: Duration, purgeInterval: Duration, on connection: Connection
    ) throws -> Bool {
        var script = Script()
        heads.pending(limit: 1, behind: 0, isWhole: false, in: &script)
        heads.due(within: DueWindow.everything, limit: 1, isWhole: false, in: &script)
        for listener in listeners { claimer.ready(listener: listener, lanes: 1, in: &script) }
        rescue.farAway(beyond: longest, limit: 1, in: &script)
        retention.turn(interval: purgeInterval, in: &script)
        var findsWork = false
        try connection.run(script) { _, _ in findsWork = true }
        return findsWork
    }
}
