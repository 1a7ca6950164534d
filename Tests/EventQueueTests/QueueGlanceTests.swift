import EventQueue
import MariaDBClient
import QueueFixtures
import Testing

extension EventQueueTests {
    @Suite struct Glances {
        private func findsWork(_ queue: TestQueue, for listeners: [String] = ["a"]) async throws -> Bool {
            let glance = QueueGlance(tables: queue.tables)
            return try await queue.database.run {
                try glance.findsWork(
                    for: listeners, longest: .seconds(3600), purgeInterval: .seconds(3600), on: $0)
            }
        }

        private func insertLane(_ queue: TestQueue, visibleAt: String) async throws {
            try await queue.execute(
                "INSERT INTO {event_lane} (listener, lane_key, visible_at) VALUES ('a', 'k:1', \(visibleAt))")
        }

        /// Purged just now, so that only what a test puts there is to be done.
        private func withPurgedQueue(_ body: @Sendable (TestQueue) async throws -> Void) async throws {
            try await TestQueue.with { queue in
                try await queue.execute("UPDATE {event_routing} SET purged_at = UTC_TIMESTAMP()")
                try await body(queue)
            }
        }

        @Test func `there is nothing to do in an empty queue, nor where all is for later`() async throws {
            try await withPurgedQueue { queue in
                #expect(try await !findsWork(queue))
                try await queue.accept(key: nil)
                try await queue.execute(
                    """
                    UPDATE {event_queue} SET status = 'scheduled', scheduled_at = UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE
                    """)
                try await insertLane(queue, visibleAt: "UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE")
                try await queue.execute(
                    "INSERT INTO {event_lane} (listener, lane_key, visible_at) VALUES ('a', 'k:2', '9999-12-31')")
                #expect(try await !findsWork(queue))
            }
        }

        @Test func `an event that waits is something to do`() async throws {
            try await withPurgedQueue { queue in
                try await queue.accept(key: nil)
                #expect(try await findsWork(queue))
                try await queue.execute(
                    "UPDATE {event_queue} SET status = 'scheduled', scheduled_at = UTC_TIMESTAMP(3) - INTERVAL 90 DAY")
                #expect(try await findsWork(queue))
            }
        }

        @Test func `a lane that is ready is something to do for its listener`() async throws {
            try await withPurgedQueue { queue in
                try await insertLane(queue, visibleAt: "UTC_TIMESTAMP(6)")
                #expect(try await findsWork(queue))
                #expect(try await findsWork(queue, for: ["b", "a"]))
                #expect(try await !findsWork(queue, for: ["b"]))
                #expect(try await !findsWork(queue, for: []))
            }
        }

        @Test func `a lane that is too far away is something to do, whoever its listener is`() async throws {
            try await withPurgedQueue { queue in
                try await insertLane(queue, visibleAt: "UTC_TIMESTAMP(6) + INTERVAL 2 HOUR")
                #expect(try await findsWork(queue, for: []))
            }
        }

        @Test func `purging is something to do when its time has come`() async throws {
            try await withPurgedQueue { queue in
                try await queue.execute(
                    "UPDATE {event_routing} SET purged_at = UTC_TIMESTAMP() - INTERVAL 61 MINUTE")
                #expect(try await findsWork(queue))
            }
        }
    }
}
