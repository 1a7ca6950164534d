import EventModel
import EventQueue
import Logging
import MariaDBClient
import Observability

/// Removes what is done and old, and lanes that nobody needs.
struct RetentionLoop {
    let database: Database
    let settings: WorkerSettings
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            do {
                try await purge()
            } catch {
                logger.error("purging failed, will be tried again", metadata: [LogKeys.error: "\(error)"])
            }
            try? await Task.sleep(for: settings.retentionInterval * Double.random(in: 0.9...1.1))
        }
    }

    /// Walks over the tables once, a small step at a time.
    func purge() async throws {
        let (retention, rescue) = (Retention(tables: settings.tables), LaneRescue(tables: settings.tables))
        let (periods, idle) = (settings.retention, settings.laneIdleTime)
        var walk = Retention.Walk()
        var lanes: Int64? = 0
        var mayHaveMore = true
        while mayHaveMore || lanes != nil, !Task.isCancelled {
            let position = (walk, lanes)
            (walk, lanes, mayHaveMore) = try await database.run { connection in
                var (walk, lanes) = position
                let more = try retention.purge(periods, &walk, on: connection)
                lanes = try lanes.flatMap {
                    try rescue.removeIdle(olderThan: idle, after: $0, limit: Retention.batch, on: connection)
                }
                return (walk, lanes, more)
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
