import EventQueue
import EventWorker
import ListenerKit
import MariaDBClient
import QueueFixtures
import Synchronization
import TestServers
import Testing

extension EventWorkerTests {
    @Suite struct Parts {
        /// Delivers in two parts, and ends attempts between them as it is told.
        private final class TwoParts: PartwiseListener {
            /// What each attempt has done, with its number.
            let attempts = Mutex<[(number: Int, done: [String])]>([])
            private let between: @Sendable (_ attempt: Int) async -> Outcome?

            init(_ between: @escaping @Sendable (_ attempt: Int) async -> Outcome?) {
                self.between = between
            }

            func deliver(_ delivery: Delivery, parts: DeliveryParts) async -> Outcome {
                let count = attempts.withLock { attempts in
                    attempts.append((delivery.attempt, []))
                    return attempts.count
                }
                for part in ["one", "two"] where !parts.contains(part) {
                    if part == "two", let outcome = await between(count) { return outcome }
                    parts.note(part)
                    attempts.withLock { $0[count - 1].done.append(part) }
                }
                return .delivered()
            }

            var done: [[String]] { attempts.withLock { $0.map(\.done) } }
            var numbers: [Int] { attempts.withLock { $0.map(\.number) } }
        }

        private let failure = Outcome.retryable(Failure(.receiverError, "later"), retryAfter: .milliseconds(1))

        @Test(arguments: ["k", nil])
        func `what one attempt has done, those behind it leave alone`(key: String?) async throws {
            let listener = TwoParts { [failure] in $0 <= 2 ? failure : nil }
            try await work(listener, on: key) { queue in
                #expect(listener.done == [["one"], [], ["two"]])
                // Once it is delivered nobody asks.
                let remembered = try await queue.count("{delivery_attempt} WHERE parts <> ''")
                #expect(remembered == 0)
            }
        }

        @Test func `also one that was given up on`() async throws {
            let listener = TwoParts { $0 == 1 ? await hang() : nil }
            try await work(listener, timeout: .milliseconds(100)) { _ in
                #expect(listener.done == [["one"], ["two"]])
                #expect(listener.numbers == [1, 2])
            }
        }

        @Test(arguments: [false, true])
        func `where it cannot be read what is done, nobody is asked, and nothing spins`(isCron: Bool) async throws {
            try await TestQueue.with { queue in
                let listener = TwoParts { _ in nil }
                let listeners = CurrentSubscriptions(everything: ["a": listener])
                try await queue.accept()
                let settings = queue.settings { $0.engine.preparationPause = .milliseconds(200) }
                try await queue.execute("ALTER TABLE {delivery_attempt} RENAME COLUMN parts TO hidden")
                if isCron {
                    let run = CronRun(
                        WorkerContext(settings: settings, subscriptions: listeners, directory: nil, logger: .quiet))
                    await #expect(throws: DatabaseError.self) { try await run.run(limit: 100) }
                } else {
                    try await queue.withWorker(listeners, settings: settings) {
                        let claims = {
                            Int(try await queue.value("SELECT COALESCE(SUM(epoch), 0) FROM {event_lane}")) ?? 0
                        }
                        let (start, before) = (ContinuousClock.now, try await claims())
                        try await waitUntil("it is claimed three times more") { try await claims() >= before + 3 }
                        // Two whole pauses are between them.
                        #expect(ContinuousClock.now - start >= .milliseconds(400))
                    }
                }
                #expect(listener.done.isEmpty)
                #expect(
                    try await queue.rows("SELECT status, attempts FROM {event_queue}", columns: 2) == ["processing 0"])
                try await queue.execute("ALTER TABLE {delivery_attempt} RENAME COLUMN hidden TO parts")
                try await queue.withWorker(listeners) { try await delivered(queue) }
            }
        }

        @Test func `a dead letter that is put back is delivered in what is left of it`() async throws {
            try await TestQueue.with { queue in
                let listener = TwoParts { $0 == 1 ? .permanent(Failure(.rejected, "no")) : nil }
                try await queue.accept()
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("it is dead") { try await queue.count("{event_dlq}") == 1 }
                    let letters = DeadLetters(tables: queue.tables)
                    _ = try await queue.database.run { try letters.replay(.pending(limit: 1), to: ["a"], on: $0) }
                    try await delivered(queue)
                }
                #expect(listener.done == [["one"], ["two"]])
            }
        }

        @Test func `what was delivered and is set back by hand is delivered whole, in parts again`() async throws {
            let listener = TwoParts { [failure] in $0 % 2 == 1 ? failure : nil }
            try await work(listener) { queue in
                try await queue.execute("UPDATE {event_queue} SET status = 'pending'")
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("it is delivered again") { listener.done.count == 4 }
                    try await delivered(queue)
                }
                #expect(listener.done == [["one"], ["two"], ["one"], ["two"]])
            }
        }

        @Test func `an event that has the number of another, whose table was emptied, is delivered whole`() async throws
        {
            try await TestQueue.with { queue in
                let listener = TwoParts { $0 == 1 ? .permanent(Failure(.rejected, "no")) : nil }
                let listeners = CurrentSubscriptions(everything: ["a": listener])
                try await queue.accept()
                try await queue.withWorker(listeners) {
                    try await waitUntil("it is dead") { try await queue.count("{event_dlq}") == 1 }
                }
                try await queue.execute("TRUNCATE TABLE {event_queue}")
                try await queue.accept()
                try await queue.withWorker(listeners) { try await delivered(queue) }
                #expect(listener.done == [["one"], ["one", "two"]])
            }
        }

        /// Has a worker deliver one event to `listener`.
        private func work(
            _ listener: TwoParts, on key: String? = nil, timeout: Duration = .seconds(30),
            _ body: (TestQueue) async throws -> Void
        ) async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: key)
                let listeners = CurrentSubscriptions(everything: ["a": listener], timeout: timeout)
                try await queue.withWorker(listeners) { try await delivered(queue) }
                try await body(queue)
            }
        }

        private func delivered(_ queue: TestQueue) async throws {
            try await waitUntil("it is delivered") {
                try await queue.count("{event_queue} WHERE status = 'processed'") == 1
            }
        }
    }
}
