import EventModel
import EventQueue
import Logging
import MariaDBClient
import Neighbours
import Observability

/// Says that we live, takes over from neighbours that died, and brings back lanes that a clock put too far away.
struct NeighbourWatch {
    let database: Database
    let owner: Int64
    let directory: RuntimeDirectory?
    let hints: ClaimHints
    let subscriptionNames: @Sendable () -> Set<String>
    let summary: @Sendable () -> String
    let noteAlone: @Sendable (Bool) -> Void
    let settings: WorkerSettings
    let logger: Logger

    private static let neighbourInterval = Duration.milliseconds(500)
    /// In turns, each after a neighbour interval.
    private static let (othersInterval, beatInterval) = (4, 20)

    func run() async {
        var turn = 0
        while !Task.isCancelled {
            do {
                try await takeOver()
                if turn % Self.beatInterval == 0 { try await lookAfterTables() }
            } catch {
                logger.debug("looking after neighbours failed", metadata: [LogKeys.error: "\(error)"])
            }
            if turn % Self.othersInterval == 0 { await lookForOthers() }
            turn += 1
            try? await Task.sleep(for: Self.neighbourInterval)
        }
    }

    private func takeOver() async throws {
        guard let directory else { return }
        let rescue = LaneRescue(tables: settings.tables)
        try await LifeLock.forEachDead(in: directory) { worker, isFirst in
            let released = try await database.run { try rescue.release(ofDead: worker, on: $0) }
            guard isFirst || released > 0 else { return }
            logger.warning(
                "a worker died, its lanes are taken over",
                metadata: [LogKeys.workerID: "\(worker)", LogKeys.count: "\(released)"])
            hints.add(subscriptionNames())
        }
    }

    private func lookForOthers() async {
        let (registry, owner) = (WorkerRegistry(tables: settings.tables), owner)
        let hasOthers = try? await database.run { try registry.hasOtherDaemons(than: owner, on: $0) }
        noteAlone(hasOthers == false)
    }

    private func lookAfterTables() async throws {
        let rescue = LaneRescue(tables: settings.tables)
        let registry = WorkerRegistry(tables: settings.tables)
        let (longest, lease) = (settings.longestWait, settings.engine.lease)
        let (owner, summary) = (owner, summary())
        let broughtBack = try await database.run { connection in
            try registry.beat(owner, summary: summary, on: connection)
            return try rescue.bringBackFarAway(beyond: longest, lease: lease, on: connection)
        }
        if broughtBack > 0 {
            logger.warning(
                "lanes were put off further than anything can: the database's clock was ahead",
                metadata: [LogKeys.count: "\(broughtBack)"])
        }
    }
}
