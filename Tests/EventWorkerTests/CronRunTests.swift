import EventModel
import EventQueue
import EventWorker
import ListenerKit
import MariaDBClient
import PrivateDatabase
import QueueFixtures
import Synchronization
import TestServers
import Testing

extension EventWorkerTests {
    @Suite struct CronRuns {
        private func run(_ queue: TestQueue, _ listener: RecordingListener, limit: Int) async throws -> CronRun.Summary
        {
            try await CronRun(
                WorkerContext(
                    settings: queue.settings(), subscriptions: CurrentSubscriptions(everything: ["a": listener]),
                    directory: nil,
                    logger: .quiet
                )
            ).run(limit: limit)
        }

        @Test func `a run takes so many events and no more, the oldest first`() async throws {
            try await TestQueue.with { queue in
                let ids = try await queue.accept(
                    (0..<25).map { NewEvent(name: "e", payload: [0x31], orderingKey: $0 % 2 == 0 ? "k\($0 % 3)" : nil) }
                )
                let listener = RecordingListener()
                let summary = try await run(queue, listener, limit: 10)
                #expect(summary.events == 10)
                #expect(summary.delivered == 10)
                #expect(listener.delivered.sorted() == Array(ids[..<10]))
                let rest = try await run(queue, listener, limit: 100)
                #expect(rest.events == 15)
                #expect(try await queue.count("{event_queue} WHERE status = 'processed'") == 25)
                let nothing = try await run(queue, listener, limit: 10)
                #expect(nothing.events == 0)
            }
        }

        @Test func `a run that finds nothing to do leaves word and ends`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute("UPDATE {event_routing} SET purged_at = UTC_TIMESTAMP()")
                #expect(try await run(queue, RecordingListener(), limit: 10).events == 0)
                #expect(
                    try await queue.rows("SELECT kind, summary, ended_at >= started_at FROM {event_worker}", columns: 3)
                        == ["cron 0 events, 0 delivered, 0 to be retried, 0 failed for good 1"])
            }
        }

        @Test func `overlapping runs deliver each event once`() async throws {
            try await TestQueue.with { queue in
                let ids = try await queue.accept(
                    (0..<120).map { NewEvent(name: "e", payload: [0x31], orderingKey: "\($0 % 9)") })
                let listener = RecordingListener()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { _ = try await self.run(queue, listener, limit: 50) } }
                    try await group.waitForAll()
                }
                _ = try await run(queue, listener, limit: 200)
                #expect(listener.delivered.sorted() == ids)
                #expect(listener.mostInFlight == 1)
            }
        }

        @Test func `retries that are due are made, others wait for another run`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                let listener = RecordingListener { delivery in
                    delivery.attempt == 1 ? .retryable(Failure(.timeout, ""), retryAfter: .seconds(30)) : .delivered()
                }
                let first = try await run(queue, listener, limit: 10)
                #expect((first.events, first.retried) == (1, 1))
                let second = try await run(queue, listener, limit: 10)
                #expect(second.events == 0)
                let failed = FailedEvents(tables: queue.tables)
                #expect(try await queue.database.run { try failed.reset(limit: 10, on: $0) } == 1)
                let third = try await run(queue, listener, limit: 10)
                #expect((third.events, third.delivered) == (1, 1))
            }
        }

        @Test func `a run goes on while it cannot write what an app has locked, and waits for that at its end`()
            async throws
        {
            try await TestQueue.with { queue in
                let locked = try await queue.accept(key: "k")
                try await queue.accept(key: "l")
                try await queue.route()
                let listener = RecordingListener { delivery in
                    // Whatever comes meanwhile is the run's as well.
                    if delivery.event.id == locked { _ = try? await queue.accept(key: "m") }
                    return .delivered()
                }
                let running = Mutex<Task<CronRun.Summary, any Error>?>(nil)
                try await queue.whileLocked(locked) {
                    running.withLock { $0 = Task { try await self.run(queue, listener, limit: 10) } }
                    try await waitUntil("the others are written", within: .seconds(30)) {
                        try await queue.count("{event_queue} WHERE status = 'processed'") == 2
                    }
                }
                let summary = try await running.withLock { $0 }?.value
                #expect(summary?.delivered == 3)
                #expect(listener.delivered.count == 3)
                #expect(try await queue.count("{event_queue} WHERE status = 'processed'") == 3)
            }
        }

        @Test func `attempts come as late as the policy says, each counted from the one before`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k", maxAttempts: 6)
                let policy = RetryPolicy(jitter: 0)
                let context = WorkerContext(
                    settings: queue.settings { $0.engine.retry = policy },
                    subscriptions: CurrentSubscriptions(everything: [
                        "a": RecordingListener { _ in .retryable(Failure(.receiverError, "no")) }
                    ]), directory: nil, logger: .quiet)
                var waited: [Int] = []
                for _ in 1...5 {
                    #expect(try await CronRun(context).run(limit: 10).retried == 1)
                    let left = "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), visible_at)"
                    // Some of it has passed.
                    waited.append(
                        Int(try await queue.value("SELECT \(left) + 5 - (\(left) + 5) % 10 FROM {event_lane}")) ?? -1)
                    try await queue.execute("UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6)")
                }
                #expect(waited == [10, 30, 120, 300, 900])
                let last = try await CronRun(context).run(limit: 10)
                #expect((last.retried, last.dead) == (0, 1))
                #expect(try await queue.value("SELECT MAX(attempt) FROM {delivery_attempt}") == "6")
            }
        }

        @Test func `a lane that a clock has put a year ahead is brought back`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                let ahead = "UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6) + INTERVAL 1 YEAR"
                try await queue.execute(ahead)
                #expect(try await run(queue, RecordingListener(), limit: 10).delivered == 1)
                try await queue.accept(key: "k")
                try await queue.route()
                try await queue.execute(ahead)
                let listener = RecordingListener()
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("it is delivered") { listener.delivered.count == 1 }
                }
            }
        }

        @Test func `a run that is cancelled ends also while the database is away`() async throws {
            try await TestDatabase.with { server in
                try await TestQueue.with(on: server) { queue in
                    try await queue.accept()
                    let listener = RecordingListener { _ in
                        await server.kill()
                        return .delivered()
                    }
                    var settings = queue.settings()
                    settings.engine.writingLimit = .milliseconds(50)
                    let context = WorkerContext(
                        settings: settings, subscriptions: CurrentSubscriptions(everything: ["a": listener]),
                        directory: nil, logger: .quiet)
                    let running = Task { try await CronRun(context).run(limit: 10) }
                    try await waitUntil("it is delivered") { listener.delivered.count == 1 }
                    running.cancel()
                    _ = await running.result
                }
            }
        }

        @Test func `events that nobody hears or that are no JSON count too`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    "INSERT INTO {event_queue} (event_name, payload) VALUES ('bad', '{'), ('bad', '['), ('good', '{}')")
                let summary = try await run(queue, RecordingListener(), limit: 2)
                #expect((summary.events, summary.invalid, summary.delivered) == (2, 2, 0))
                #expect(
                    try await queue.rows("SELECT status FROM {event_queue} ORDER BY id") == [
                        "failed", "failed", "pending",
                    ])
            }
        }
    }
}
