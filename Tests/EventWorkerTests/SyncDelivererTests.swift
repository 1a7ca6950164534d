import EventModel
import EventQueue
import EventWorker
import FoundationEssentials
import ListenerKit
import MariaDBClient
import QueueFixtures
import ServiceLifecycle
import TestServers
import Testing

extension EventWorkerTests {
    @Suite struct Synchronous {
        @Test(arguments: [nil, "k"])
        func `the answer comes when each listener has been tried`(_ key: String?) async throws {
            try await TestQueue.with { queue in
                let failing = RecordingListener { _ in .retryable(Failure(.refused, "closed"), retryAfter: .seconds(60))
                }
                try await withDeliverer(queue, ["good": RecordingListener(), "bad": failing]) { deliverer in
                    let answer = try await deliverer.deliver(event(key), within: .seconds(10))
                    #expect(answer.isComplete)
                    #expect(answer.status == "failed")
                    #expect(answer.attempts.map { "\($0.listener) \($0.outcome)" } == ["bad retry", "good delivered"])
                }
                #expect(
                    try await queue.rows(
                        "SELECT listener FROM {event_lane} WHERE visible_at > UTC_TIMESTAMP() AND visible_at < '9999-01-01'"
                    ) == ["bad"])
            }
        }

        @Test(arguments: [nil, "k"])
        func `what does not come in time is answered as incomplete and goes on`(_ key: String?) async throws {
            try await TestQueue.with { queue in
                let release = Wakeup()
                let listener = RecordingListener { _ in
                    await release.wait()
                    return .delivered()
                }
                try await withDeliverer(queue, ["a": listener]) { deliverer in
                    let answer = try await deliverer.deliver(event(key), within: .seconds(1.5))
                    #expect(!answer.isComplete)
                    #expect(answer.status == "processing")
                    release.signal()
                    try await waitUntil("it is processed") {
                        try await queue.value("SELECT status FROM {event_queue}") == "processed"
                    }
                }
            }
        }

        @Test func `a keyed event overtakes nothing`() async throws {
            try await TestQueue.with { queue in
                let before = try await queue.accept(
                    (0..<20).map { _ in NewEvent(name: "e", payload: [0x31], orderingKey: "k") })
                let listener = RecordingListener()
                try await withDeliverer(queue, ["a": listener]) { deliverer in
                    let answer = try await deliverer.deliver(event("k"), within: .seconds(10))
                    #expect(answer.isComplete)
                    #expect(answer.status == "processed")
                }
                #expect(listener.delivered.count == 21)
                #expect(listener.delivered.prefix(20) == before[...])
            }
        }

        @Test func `an event with a key is accepted among all others, one without by itself`() async throws {
            try await TestQueue.with { queue in
                let accepted = SharedCount()
                try await withDeliverer(queue, ["a": RecordingListener()], accepted: accepted) { deliverer in
                    let keyless = try await deliverer.deliver(event(nil), within: .seconds(10))
                    #expect((keyless.status, accepted.value) == ("processed", 0))
                    let keyed = try await deliverer.deliver(event("k"), within: .seconds(10))
                    #expect((keyed.status, accepted.value) == ("processed", 1))
                }
            }
        }

        @Test func `nobody listens, a repeated key, and one for later are answered at once`() async throws {
            try await TestQueue.with { queue in
                try await withDeliverer(queue, [:]) { deliverer in
                    let answer = try await deliverer.deliver(event(nil), within: .seconds(5))
                    #expect((answer.status, answer.isComplete) == ("processed", true))
                    var keyed = event(nil)
                    keyed.idempotencyKey = "x"
                    _ = try await deliverer.deliver(keyed, within: .seconds(5))
                    keyed.uuid = EventIdentifier.make()
                    let again = try await deliverer.deliver(keyed, within: .seconds(5))
                    guard case .repeated = again.acceptance else { Issue.record("\(again.acceptance)"); return }
                    var later = event("k")
                    later.scheduledAt = .init(timeIntervalSinceNow: 3600)
                    let scheduled = try await deliverer.deliver(later, within: .seconds(5))
                    guard case .accepted(_, _, "scheduled") = scheduled.acceptance else {
                        Issue.record("\(scheduled)"); return
                    }
                }
                #expect(try await queue.count("{event_queue}") == 3)
            }
        }

        private func event(_ key: String?) -> NewEvent {
            NewEvent(name: "e", payload: [0x31], orderingKey: key, source: .sync)
        }

        private func withDeliverer(
            _ queue: TestQueue, _ listeners: [String: any Listener], accepted: SharedCount = SharedCount(),
            _ body: (SyncDeliverer) async throws -> Void
        ) async throws {
            let deliverer = SyncDeliverer(
                WorkerContext(
                    settings: queue.settings(), subscriptions: CurrentSubscriptions(everything: listeners),
                    directory: nil, logger: .quiet)
            ) { event in
                accepted.add()
                return try await queue.database.run {
                    try EventWriter(tables: queue.tables).write([event], on: $0, now: Date())[0]
                }
            }
            let group = ServiceGroup(services: [deliverer], logger: .quiet)
            let running = Task { try await group.run() }
            do {
                try await body(deliverer)
            } catch {
                await group.triggerGracefulShutdown()
                _ = await running.result
                throw error
            }
            await group.triggerGracefulShutdown()
            try await running.value
            #expect(try await queue.count("{event_lane} WHERE owner <> 0") == 0)
        }
    }
}
