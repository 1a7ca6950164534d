import EventModel
import EventQueue
import Logging
import MariaDBClient
import Observability

/// Removes what is done and old, and lanes that nobody needs: one worker of all, once in a while.
struct RetentionLoop {
    let database: Database
    let settings: WorkerSettings
    let time: MonotonicTime
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            await purgeIfDue()
            let pause = min(settings.retentionInterval, .seconds(60))
            try? await Task.sleep(for: pause * Double.random(in: 0.9...1.1))
        }
    }

    /// Walks over the tables where it is time, and stops after `limit`: the rest is for the next turn.
    func purgeIfDue(limit: Duration = .seconds(600)) async {
        let (retention, interval) = (Retention(tables: settings.tables), settings.retentionInterval)
        do {
            guard try await database.run({ try retention.takeTurn(interval: interval, on: $0) }) else { return }
            try await purge(retention, until: time.now + limit)
        } catch {
            logger.error("purging failed, will be tried again", metadata: [LogKeys.error: "\(error)"])
        }
    }

    /// One walk, a small step at a time.
    private func purge(_ retention: Retention, until end: Duration) async throws {
        let rescue = LaneRescue(tables: settings.tables)
        let (periods, idle) = (settings.retention, settings.laneIdleTime)
        var walk = Retention.Walk()
        var lanes: Int64? = 0
        var mayHaveMore = true
        while mayHaveMore || lanes != nil, time.now < end, !Task.isCancelled {
            let position = (walk, lanes)
            (walk, lanes, mayHaveMore) = try await database.run { connection in
                var (walk, lanes) = position
                let more = try retention.purge(periods, &walk, on: connection)
                lanes = try lanes.flatMap {
                    try rescue.removeIdle(olderThan: idle, after: $0, limit: Retention.batch, on: connection)
                }
                return (walk, lanes, more)
            }
            // Others want the tables too.
            if mayHaveMore || lanes != nil { try? await Task.sleep(for: .milliseconds(50)) }
        }
    }
}
