import BlockingWork
public import EventModel
import EventQueue
import Glibc
public import ListenerKit
public import Logging
import MariaDBClient
public import Neighbours
import Observability
public import ServiceLifecycle

/// The daemon: routes, claims, delivers and settles until it is told to stop.
public final class Worker: Service {
    private let settings: WorkerSettings
    private let subscriptions: CurrentSubscriptions
    private let directory: RuntimeDirectory?
    private let time: MonotonicTime
    private let logger: Logger

    /// - Parameter directory: where neighbours find us; nil where there is no such folder, so that only polling and leases are left.
    public init(
        settings: WorkerSettings, subscriptions: CurrentSubscriptions, directory: RuntimeDirectory?,
        time: MonotonicTime = .system, logger: Logger
    ) {
        self.settings = settings
        self.subscriptions = subscriptions
        self.directory = directory
        self.time = time
        self.logger = logger
    }

    public func run() async throws {
        let session = try await WorkerSession.begin(.daemon, settings: settings, directory: directory)
        let hints = ClaimHints()
        let engine = session.makeEngine(subscriptions: subscriptions, time: time, hints: hints, logger: logger)
        let bell = Wakeup()
        logger.notice("worker started", metadata: [LogKeys.workerID: "\(session.id)"])
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            group.addTask {
                await cancelWhenGracefulShutdown {
                    await self.work(session, engine: engine, hints: hints, bell: bell)
                }
            }
            await group.next()
            await stop(engine, group: &group)
        }
        let summary = Self.summary(engine.totals)
        await session.end(summary: summary)
        logger.notice("worker stopped", metadata: [LogKeys.workerID: "\(session.id)", LogKeys.outcome: "\(summary)"])
    }

    private func work(_ session: WorkerSession, engine: DeliveryEngine, hints: ClaimHints, bell: Wakeup) async {
        let listener = session.listen(to: bell)
        defer { listener?.stop() }
        await withDiscardingTaskGroup { group in
            let desk = RoutingDesk(
                database: session.routing, tables: settings.tables, sharedLanes: settings.sharedLanes,
                subscriptions: subscriptions, time: time)
            group.addTask {
                await RouteLoop(
                    desk: desk, hints: hints, bell: bell, settings: self.settings, time: self.time, logger: self.logger
                ).run()
            }
            group.addTask {
                await ClaimLoop(
                    store: session.store, engine: engine, hints: hints, subscriptions: self.subscriptions,
                    settings: self.settings, time: self.time, logger: self.logger
                ).run()
            }
            group.addTask {
                await NeighbourWatch(
                    database: session.care, owner: session.id, directory: self.directory, hints: hints,
                    subscriptionNames: { [subscriptions = self.subscriptions] in Set(subscriptions.value.listeners.keys)
                    },
                    summary: { Self.summary(engine.totals) }, settings: self.settings, logger: self.logger
                ).run()
            }
            group.addTask {
                await RetentionLoop(database: session.care, settings: self.settings, logger: self.logger).run()
            }
        }
    }

    /// Lets what is under way end within the grace period, then puts back what is left.
    private func stop(_ engine: DeliveryEngine, group: inout TaskGroup<Void>) async {
        engine.stop()
        let grace = Task {
            try await Task.sleep(for: settings.shutdownGrace)
            engine.cancelRunning()
            try await Task.sleep(for: .seconds(5))
        }
        group.addTask {
            // Where even putting back does not work (the database is gone), the lease's end does it.
            if case .success = await grace.result { self.logger.error("stopping without giving all lanes back") }
        }
        await group.next()
        grace.cancel()
        group.cancelAll()
    }

    static func summary(_ totals: DeliveryReport.Totals) -> String {
        "\(totals.delivered) delivered, \(totals.retried) to be retried, \(totals.dead) failed for good"
    }
}
