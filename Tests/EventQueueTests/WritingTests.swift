import EventModel
import EventQueue
import FoundationEssentials
import MariaDBClient
import QueueFixtures
import Testing

extension EventQueueTests {
    @Suite struct Writing {
        @Test func `a bare insert is a complete dispatch, in any session's time zone`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute("SET SESSION time_zone = '-05:00'")
                try await queue.execute(
                    "INSERT INTO {event_queue} (event_name, payload) VALUES ('order.paid', '{\"n\":1}')")
                try await queue.execute("SET SESSION time_zone = '+00:00'")
                #expect(
                    try await queue.rows(
                        """
                        SELECT status, attempts, max_attempts, source, scheduled_at, processed_at,
                            ABS(TIMESTAMPDIFF(SECOND, create_datetime, UTC_TIMESTAMP())) < 60,
                            ABS(TIMESTAMPDIFF(SECOND, update_datetime, UTC_TIMESTAMP())) < 60
                        FROM {event_queue}
                        """, columns: 8) == ["pending 0 3 sql - - 1 1"])
                #expect(EventIdentifier.isWellFormed(try await queue.value("SELECT uuid FROM {event_queue}")))
                #expect(try await queue.route().events == 1)
                let lanes = try await queue.claim()
                let event = try #require(lanes.first?.deliveries.first?.event)
                #expect(event.name == "order.paid")
                #expect(event.payload == Array("{\"n\":1}".utf8))
                #expect(abs(event.acceptedAt.timeIntervalSinceNow) < 60)
            }
        }

        @Test func `what was written is what is read`() async throws {
            try await TestQueue.with { queue in
                let time = Date(timeIntervalSince1970: 4_000_000_000.123)
                let event = NewEvent(
                    name: "é.x", payload: Array("{\"t\":\"😀\"}".utf8), instance: "i", tenant: "t", orderingKey: "k",
                    scheduledAt: time, maxAttempts: 7, requestID: "r", source: .cli)
                try await queue.accept([event])
                #expect(
                    try await queue.rows(
                        """
                        SELECT event_name, payload, status, instance, tenant_id, ordering_key, scheduled_at, max_attempts, request_id,
                            source, uuid FROM {event_queue}
                        """, columns: 11)
                        == ["é.x {\"t\":\"😀\"} scheduled i t k 2096-10-02 07:06:40.123 7 r cli \(event.uuid)"])
            }
        }

        @Test func `the same key with the same event is one event`() async throws {
            try await TestQueue.with { queue in
                let first = event(key: "k"), again = event(key: "k")
                let other = event("{\"n\":2}", key: "k"), stranger = event(key: "k", tenant: "t")
                let answers = try await write([first], queue)
                #expect(answers == [.accepted(id: 1, uuid: first.uuid, status: "pending")])
                #expect(try await write([again], queue) == [.repeated(id: 1, uuid: first.uuid, status: "pending")])
                #expect(try await write([other], queue) == [.conflicting])
                #expect(try await queue.count("{event_queue}") == 1)
                let mixed = try await write([stranger, again, event(), other], queue)
                #expect(mixed.map(kind) == ["accepted", "repeated", "accepted", "conflicting"])
                #expect(try await queue.count("{event_queue}") == 3)
            }
        }

        @Test func `a key that comes twice in one batch is one event`() async throws {
            try await TestQueue.with { queue in
                let first = event(key: "k")
                let answers = try await write([first, event(key: "k"), event("{\"n\":2}", key: "k")], queue)
                #expect(answers.map(kind) == ["accepted", "repeated", "conflicting"])
                #expect(try await queue.count("{event_queue}") == 1)
            }
        }

        @Test func `of two requests at once with one key, one writes`() async throws {
            try await TestQueue.with { queue in
                let other = queue.anotherDatabase()
                let tables = queue.tables
                for round in 0..<20 {
                    let events = [event(key: "r\(round)"), event(key: "r\(round)")]
                    async let first = queue.database.run {
                        try EventWriter(tables: tables).write([events[0]], on: $0, now: Date())
                    }
                    async let second = other.run {
                        try EventWriter(tables: tables).write([events[1]], on: $0, now: Date())
                    }
                    let kinds = try await (first + second).map(kind)
                    #expect(kinds.sorted() == ["accepted", "repeated"])
                }
                #expect(try await queue.count("{event_queue}") == 20)
                await other.close()
            }
        }

        @Test func `more than fits into a packet is written whole or not at all`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute("SET GLOBAL max_allowed_packet = 1048576")
                let small = queue.anotherDatabase()
                let limit = try await small.run { try $0.server().maximumPacketSize }
                try await queue.execute("SET GLOBAL max_allowed_packet = 67108864")
                #expect(limit == 1_048_576)
                let payload = Array(("\"" + String(repeating: "x", count: 100_000) + "\"").utf8)
                let tables = queue.tables
                let events = (0..<40).map { _ in NewEvent(name: "large", payload: payload) }
                let answers = try await small.run { try EventWriter(tables: tables).write(events, on: $0, now: Date()) }
                #expect(answers.map(kind) == Array(repeating: "accepted", count: 40))
                #expect(try await queue.rows("SELECT uuid FROM {event_queue} ORDER BY id") == events.map(\.uuid))
                var tooLong = events.map { NewEvent(name: $0.name, payload: payload) }
                tooLong[39].name = String(repeating: "n", count: 101)
                let refused = tooLong
                await #expect(throws: DatabaseError.self) {
                    try await small.run { _ = try EventWriter(tables: tables).write(refused, on: $0, now: Date()) }
                }
                #expect(try await queue.count("{event_queue}") == 40)
                await small.close()
            }
        }

        private func event(_ payload: String = "{}", key: String? = nil, tenant: String? = nil) -> NewEvent {
            NewEvent(name: "e", payload: Array(payload.utf8), tenant: tenant, idempotencyKey: key)
        }

        private func write(_ events: [NewEvent], _ queue: TestQueue) async throws -> [Acceptance] {
            let writer = EventWriter(tables: queue.tables)
            return try await queue.database.run { try writer.write(events, on: $0, now: Date()) }
        }

        private func kind(_ answer: Acceptance) -> String {
            switch answer {
            case .accepted: "accepted"
            case .repeated: "repeated"
            case .conflicting: "conflicting"
            }
        }
    }
}
