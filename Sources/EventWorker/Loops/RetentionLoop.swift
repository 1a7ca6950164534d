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
                while try await purgeOnce(), !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(50))
                }
            } catch {
                logger.error("purging failed, will be tried again", metadata: [LogKeys.error: "\(error)"])
            }
            try? await Task.sleep(for: settings.retentionInterval * Double.random(in: 0.9...1.1))
        }
    }

    /// Removes one batch of each kind. Returns true where there may be more.
    func purgeOnce() async throws -> Bool {
        let (retention, rescue) = (Retention(tables: settings.tables), LaneRescue(tables: settings.tables))
        let (periods, idle) = (settings.retention, settings.laneIdleTime)
        return try await database.run { connection in
            let more = try retention.purge(periods, on: connection)
            return try rescue.removeIdle(olderThan: idle, limit: Retention.batch, on: connection) >= Retention.batch
                || more
        }
    }
}
