import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    @Suite struct Retaining {
        @Test func `what is done and old goes, what is young or unresolved stays`() async throws {
            try await TestQueue.with { queue in
                try await fill(queue)
                try await purge(queue)
                #expect(
                    try await queue.rows("SELECT event_name FROM {event_queue} ORDER BY id")
                        == ["pending", "processing", "retrying", "invalid", "unresolved", "young"])
                #expect(
                    try await queue.rows("SELECT DISTINCT event_id FROM {delivery_attempt} ORDER BY 1") == [
                        "4", "5", "7",
                    ])
                #expect(try await queue.rows("SELECT event_id, status FROM {event_dlq}", columns: 2) == ["7 pending"])
                #expect(try await queue.rows("SELECT idempotency_key FROM {event_dedup}") == ["young"])
                #expect(try await queue.rows("SELECT host FROM {event_worker}") == ["young"])
            }
        }

        @Test func `zero keeps for ever`() async throws {
            try await TestQueue.with { queue in
                try await fill(queue)
                try await purge(
                    queue,
                    RetentionPeriods(attempts: .zero, processed: .zero, deadLetters: .zero, idempotencyKeys: .zero))
                #expect(try await queue.count("{event_queue}") == 8)
                #expect(try await queue.count("{delivery_attempt}") == 6)
                #expect(try await queue.count("{event_dedup}") == 2)
            }
        }

        @Test func `unresolved ones at the head do not stand in the way, in bounded steps`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    """
                    INSERT INTO {delivery_attempt} (event_id, listener, attempt, outcome, finished_at)
                    SELECT seq, 'a', 1, 'dead', '2020-01-01' FROM seq_1_to_3500
                    """)
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (id, event_name, payload, status, create_datetime)
                    SELECT seq, 'e', '{}', 'failed', '2020-01-01' FROM seq_1_to_1500
                    """)
                let retention = Retention(tables: queue.tables)
                var walk = Retention.Walk()
                var steps = 0
                var mayHaveMore = true
                while mayHaveMore {
                    let before = walk
                    (walk, mayHaveMore) = try await queue.database.run { connection in
                        var walk = before
                        let more = try retention.purge(RetentionPeriods(), &walk, on: connection)
                        return (walk, more)
                    }
                    steps += 1
                }
                #expect(steps == 4)
                #expect(try await queue.count("{delivery_attempt}") == 1500)
            }
        }

        @Test func `what was scheduled long before it was done stops no walk`() async throws {
            try await TestQueue.with { queue in
                // Reminders of two months, delivered just now, before what is over.
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (id, event_name, payload, status, create_datetime, update_datetime)
                    SELECT seq, 'e', '{}', 'processed', '2020-01-01', IF(seq <= 1500, UTC_TIMESTAMP(3), '2020-01-01')
                    FROM seq_1_to_1510
                    """)
                try await queue.execute(
                    """
                    INSERT INTO {delivery_attempt} (event_id, listener, attempt, outcome, finished_at)
                    SELECT id, 'a', 1, 'delivered', update_datetime FROM {event_queue}
                    """)
                let retention = Retention(tables: queue.tables)
                try await queue.database.run { connection in
                    var walk = Retention.Walk()
                    while try retention.purge(RetentionPeriods(), &walk, on: connection) {}
                }
                #expect(try await queue.count("{event_queue}") == 1500)
                #expect(try await queue.count("{delivery_attempt}") == 1500)
            }
        }

        @Test(arguments: [
            ("- INTERVAL 61 MINUTE", true), ("- INTERVAL 59 MINUTE", false), ("+ INTERVAL 300 DAY", true),
        ])
        func `it is time to purge also where a clock was ahead`(last: String, isDue: Bool) async throws {
            try await TestQueue.with { queue in
                try await queue.execute("UPDATE {event_routing} SET purged_at = UTC_TIMESTAMP() \(last)")
                let retention = Retention(tables: queue.tables)
                let turns = try await queue.database.run { connection in
                    try (1...2).map { _ in try retention.takeTurn(interval: .seconds(3600), on: connection) }
                }
                #expect(turns == [isDue, false])
            }
        }

        @Test func `a step reads a bounded head, however much is kept`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    "INSERT INTO {event_queue} (event_name, payload, status) SELECT 'e', '{}', 'processed' FROM seq_1_to_20000"
                )
                try await queue.execute(
                    """
                    INSERT INTO {delivery_attempt} (event_id, listener, attempt, outcome)
                    SELECT seq, 'a', 1, 'delivered' FROM seq_1_to_20000
                    """)
                try await queue.execute(
                    "INSERT INTO {event_dedup} (tenant_id, idempotency_key, uuid, request_hash) SELECT '', seq, '', '' FROM seq_1_to_20000"
                )
                let before = try await queue.rowsRead()
                try await purge(queue)
                #expect(try await queue.rowsRead() - before < 8000)
                #expect(try await queue.count("{event_queue}") == 20000)
            }
        }

        private func purge(_ queue: TestQueue, _ periods: RetentionPeriods = RetentionPeriods()) async throws {
            let retention = Retention(tables: queue.tables)
            let mayHaveMore = try await queue.database.run { connection in
                var walk = Retention.Walk()
                return try retention.purge(periods, &walk, on: connection)
            }
            #expect(!mayHaveMore)
        }

        /// One event of each kind, all old but the last, each with an attempt where it can have one.
        private func fill(_ queue: TestQueue) async throws {
            try await queue.execute(
                """
                INSERT INTO {event_queue} (id, event_name, payload, status, open_deliveries, dead_deliveries, update_datetime, scheduled_at)
                VALUES (1, 'done', '{}', 'processed', 0, 0, '2020-01-01', NULL), (2, 'pending', '{}', 'pending', 0, 0, '2020-01-01', NULL),
                    (4, 'processing', '{}', 'processing', 1, 0, '2020-01-01', NULL),
                    (5, 'retrying', '{}', 'failed', 1, 0, '2020-01-01', '2020-01-01'),
                    (6, 'invalid', '{}', 'failed', 0, 0, '2020-01-01', NULL),
                    (7, 'unresolved', '{}', 'failed', 0, 1, '2020-01-01', NULL),
                    (8, 'discarded', '{}', 'failed', 0, 1, '2020-01-01', NULL),
                    (9, 'young', '{}', 'processed', 0, 0, UTC_TIMESTAMP(), NULL)
                """)
            try await queue.execute(
                """
                INSERT INTO {delivery_attempt} (event_id, listener, attempt, outcome, finished_at) VALUES
                    (1, 'a', 1, 'delivered', '2020-01-01'), (3, 'a', 1, 'delivered', '2020-01-01'), (4, 'a', 1, 'delivered', '2020-01-01'),
                    (5, 'a', 1, 'retry', '2020-01-01'), (7, 'a', 1, 'dead', '2020-01-01'), (9, 'a', 1, 'delivered', '2020-01-01')
                """)
            try await queue.execute(
                """
                INSERT INTO {event_dlq} (event_id, uuid, listener, event_name, payload, reason, error_message, attempts, history, status,
                    update_datetime)
                VALUES (7, '', 'a', 'e', '{}', 'r', '', 1, '[]', 'pending', '2020-01-01'),
                    (8, '', 'a', 'e', '{}', 'r', '', 1, '[]', 'discarded', '2020-01-01')
                """)
            try await queue.execute(
                """
                INSERT INTO {event_dedup} (tenant_id, idempotency_key, uuid, request_hash, create_datetime)
                VALUES ('', 'old', '', '', '2020-01-01'), ('', 'young', '', '', UTC_TIMESTAMP())
                """)
            try await queue.execute(
                "INSERT INTO {event_worker} (kind, host, pid, seen_at) VALUES ('cron', 'old', 1, '2020-01-01'), ('cron', 'young', 1, UTC_TIMESTAMP())"
            )
        }
    }
}
