import BlockingWork
import EventModel
import EventQueue
import Glibc
import ListenerKit
import Logging
import MariaDBClient
import Neighbours
import Observability
public import ServiceLifecycle

/// The daemon: routes, claims, delivers and settles until it is told to stop.
public final class Worker: Service {
    private let context: WorkerContext

    public init(_ context: WorkerContext) {
        self.context = context
    }

    /// Works until the service group shuts down gracefully. Where the database is away, it waits for it.
    ///
    /// - Throws: `DatabaseError` where the database is there and refuses, because the tables are missing for example.
    public func run() async throws {
        guard let session = try await begin() else { return }
        let bell = try session.makeDoorbell()
        let hints = ClaimHints()
        let engine = session.makeEngine(
            subscriptions: context.subscriptions, time: context.time, hints: hints, logger: context.logger)
        context.logger.notice("worker started", metadata: [LogKeys.workerID: "\(session.id)"])
        let running = Task { await engine.run() }
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                await self.work(session, engine: engine, hints: hints, bell: bell)
            }
        } onGracefulShutdown: {
            // A turn of the router may still be waiting for the database: what is here must not go on until then.
            engine.pause()
        }
        if await !engine.stop(running, grace: context.settings.shutdownGrace) {
            context.logger.error("stopping without giving all lanes back")
        }
        let summary = Self.summary(engine.totals)
        await session.end(summary: summary, leavesLanes: !engine.isIdle)
        context.logger.notice(
            "worker stopped", metadata: [LogKeys.workerID: "\(session.id)", LogKeys.outcome: "\(summary)"])
    }

    /// Enters the worker; nil where it was told to stop before the database came.
    private func begin() async throws -> WorkerSession? {
        while true {
            do {
                return try await WorkerSession.begin(
                    .daemon, settings: context.settings, directory: context.directory, logger: context.logger)
            } catch let error as DatabaseError where error.isConnectionLost {
                context.logger.error("the database is away, will be tried again", metadata: [LogKeys.error: "\(error)"])
            }
            let isStopped = await cancelWhenGracefulShutdown {
                (try? await Task.sleep(for: self.context.settings.pollInterval.upperBound)) == nil
            }
            if isStopped { return nil }
        }
    }

    private func work(_ session: WorkerSession, engine: DeliveryEngine, hints: ClaimHints, bell: DoorbellListener) async
    {
        await withDiscardingTaskGroup { group in
            let desk = RoutingDesk(
                database: session.routing, tables: context.settings.tables, sharedLanes: context.settings.sharedLanes,
                subscriptions: context.subscriptions, time: context.time)
            group.addTask {
                await RouteLoop(
                    desk: desk, engine: engine, owner: session.id, hints: hints, bell: bell,
                    settings: self.context.settings, time: self.context.time,
                    logger: self.context.logger
                ).run()
            }
            group.addTask {
                await ClaimLoop(
                    store: session.store, engine: engine, hints: hints, subscriptions: self.context.subscriptions,
                    settings: self.context.settings, time: self.context.time, logger: self.context.logger
                ).run()
            }
            group.addTask {
                await NeighbourWatch(
                    database: session.care, owner: session.id, directory: self.context.directory, hints: hints,
                    subscriptionNames: { [subscriptions = self.context.subscriptions] in
                        Set(subscriptions.value.listeners.keys)
                    },
                    summary: { Self.summary(engine.totals) }, noteAlone: { engine.note(isAlone: $0) },
                    settings: self.context.settings,
                    logger: self.context.logger
                ).run()
            }
            group.addTask {
                await RetentionLoop(
                    database: session.purging, settings: self.context.settings, time: self.context.time,
                    logger: self.context.logger
                ).run()
            }
        }
    }

    static func summary(_ totals: DeliveryReport.Totals) -> String {
        "\(totals.delivered) delivered, \(totals.retried) to be retried, \(totals.dead) failed for good"
    }
}
