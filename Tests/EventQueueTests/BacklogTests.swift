import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    /// What a step costs is told by what the server reads for it: that, unlike time, is the same each time.
    @Suite struct Backlog {
        /// What was read for each step, by its name.
        private typealias Cost = [String: Int]

        @Test(arguments: ["CONCAT('key ', seq % 50)", "NULL"])
        func `no step of an event's way reads more because more are waiting`(_ key: String) async throws {
            let short = try await cost(backlog: 2_000, key: key)
            let long = try await cost(backlog: 40_000, key: key)
            for (step, read) in short {
                #expect(read < 4_000, "\(step)")
                #expect(try #require(long[step]) <= read + 20, "\(step)")
            }
        }

        private func cost(backlog: Int, key: String) async throws -> Cost {
            try await TestQueue.with { queue in
                var cost: Cost = [:]
                func measure<Result>(_ step: String, _ body: () async throws -> Result) async throws -> Result {
                    let before = try await queue.rowsRead()
                    let result = try await body()
                    cost[step] = try await queue.rowsRead() - before
                    return result
                }
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, ordering_key)
                    SELECT 'e', '1', \(key) FROM seq_1_to_\(backlog)
                    """)
                try await queue.execute("ANALYZE TABLE {event_queue}")
                _ = try await queue.route(limit: 100)
                #expect(try await measure("routing") { try await queue.route(limit: 100) }.events == 100)
                while try await queue.route(limit: 2_000).mayHaveMore {}
                try await queue.execute("ANALYZE TABLE {event_lane}, {event_delivery}")
                _ = try await measure("telling what stands still") { [tables = queue.tables] in
                    try await queue.database.run { try QueueStatus.oldestReadySeconds(tables: tables, on: $0) }
                }
                let lanes = try await measure("claiming") { try await queue.claim(lanes: 2) }
                #expect(lanes.count == 2)
                let delivered = Settlement.Result.delivered(detail: "")
                let last = lanes[0].deliveries.last?.eventID ?? 0
                let settled = try await measure("settling and reading on") {
                    try await queue.settle(lanes[0], delivered, action: .refill(after: last, limit: 16))
                }
                #expect(settled.refills.values.map(\.deliveries.count) == [lanes[0].hasMore ? 16 : 0])
                _ = try await measure("giving back") { try await queue.settle(lanes[1], delivered) }
                return cost
            }
        }
    }
}
