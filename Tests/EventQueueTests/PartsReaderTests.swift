import EventQueue
import MariaDBClient
import QueueFixtures
import Testing

extension EventQueueTests {
    @Suite struct Parts {
        @Test func `what earlier attempts have done is read of this delivery alone`() async throws {
            try await TestQueue.with { queue in
                let (event, other) = (try await queue.accept(), try await queue.accept())
                for (attempt, parts) in ["one", "", "two three"].enumerated() {
                    try await insert(queue, event, attempt: attempt + 1, parts: parts)
                }
                try await insert(queue, event, listener: "b", parts: "four")
                try await insert(queue, other, parts: "five")
                #expect(try await parts(queue, event) == ["one", "two", "three"])
                #expect(try await parts(queue, event, of: "b") == ["four"])
            }
        }

        @Test func `as many are written as fit, each whole`() async throws {
            try await TestQueue.with { queue in
                let event = try await queue.accept()
                try await queue.route()
                let lane = try #require(try await queue.claim("a").first)
                let done = ["á", "b", "c", "d"].map { String(repeating: $0, count: 300) }
                let settlement = Settlement(
                    lane: lane.lane, eventID: event, attempt: 1,
                    result: .retry(reason: "timeout", message: "", delay: .zero), parts: done, milliseconds: 1)
                let settler = Settler(tables: queue.tables)
                _ = try await queue.database.run {
                    try settler.settle([settlement], changes: [], lease: .seconds(30), worker: 1, on: $0)
                }
                #expect(try await parts(queue, event) == Set(done.prefix(3)))
            }
        }

        private func insert(
            _ queue: TestQueue, _ event: Int64, listener: String = "a", attempt: Int = 1,
            parts: String = ""
        ) async throws {
            try await queue.execute(
                """
                INSERT INTO {delivery_attempt} (event_id, listener, attempt, outcome, parts)
                VALUES (\(event), '\(listener)', \(attempt), 'retry', '\(parts)')
                """)
        }

        private func parts(_ queue: TestQueue, _ event: Int64, of listener: String = "a") async throws -> Set<String> {
            try await MariaDBDeliveryStore(
                claims: queue.database, settling: queue.database, tables: queue.tables, owner: 1
            ).partsDone(ofEvent: event, by: listener)
        }
    }
}
