import EventQueue
import MariaDBClient
import PrivateDatabase
import QueueFixtures
import Synchronization
import TestServers
import Testing

@testable import Dispatching

extension DispatchingTests {
    @Suite struct Committing {
        @Test func `requests at once share few commits`() async throws {
            try await TestQueue.with { queue in
                let commits = SharedCount()
                let committer = GroupCommitter(database: queue.configuration, tables: queue.tables, logger: .quiet) {
                    commits.add()
                }
                let events = (0..<500).map { _ in event() }
                let answers = try await submit(events.map { [$0] }, to: committer)
                #expect(answers.allSatisfy { if case .success = $0 { true } else { false } })
                #expect(commits.value < 50)
                #expect(try await queue.count("{event_queue}") == 500)
                // Each has the answer to its own event.
                let uuids = answers.compactMap { answer -> String? in
                    if case .success(let list) = answer, case .accepted(_, let uuid, _) = list[0] { uuid } else { nil }
                }
                #expect(uuids == events.map(\.uuid))
                await committer.drain()
            }
        }

        @Test func `what the server refuses fails alone`() async throws {
            try await TestQueue.with { queue in
                let committer = GroupCommitter(
                    database: queue.configuration, tables: queue.tables, limits: .init(bytes: 1 << 30), logger: .quiet
                ) {}
                var tooLong = event()
                tooLong.name = String(repeating: "n", count: 200)
                let tooLarge = NewEvent(name: "e", payload: Array(repeating: 0x31, count: 64 << 20))
                let answers = try await submit(
                    [[event()], [tooLong], [event(), event()], [tooLarge], [event()]], to: committer)
                #expect(answers.map(status) == [202, 503, 202, 413, 202])
                #expect(try await queue.count("{event_queue}") == 4)
                await committer.drain()
            }
        }

        @Test func `a full buffer is said at once, and nothing of it is kept`() async throws {
            try await TestQueue.with { queue in
                let committer = GroupCommitter(
                    database: queue.configuration, tables: queue.tables, limits: .init(events: 10), logger: .quiet
                ) {}
                let other = queue.anotherDatabase()
                let lock = queue.named("LOCK TABLES {event_queue} WRITE")
                try await other.run { try $0.execute(lock) }
                let first = Answers([[event()]], of: committer)
                let waiting =
                    "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT INTO {event_queue} %'"
                try await waitUntil("the first commit waits") { try await queue.value(waiting) != "0" }
                let rest = Answers((0..<25).map { _ in [event()] }, of: committer)
                #expect(rest.soFar.map(status) == Array(repeating: 503, count: 15))
                try await other.run { try $0.execute("UNLOCK TABLES") }
                let statuses = try await (first.all() + rest.all()).map(status)
                #expect(statuses.count { $0 == 202 } == 11)
                #expect(try await queue.count("{event_queue}") == 11)
                await committer.drain()
                await other.close()
            }
        }

        @Test func `while the database is down nothing is accepted, afterwards everything`() async throws {
            try await TestDatabase.with { server in
                try await TestQueue.with(on: server) { queue in
                    let committer = GroupCommitter(database: queue.configuration, tables: queue.tables, logger: .quiet)
                    {}
                    await server.kill()
                    let down = try await submit([[event()], [event()]], to: committer)
                    #expect(down.map(status) == [503, 503])
                    try await server.restart()
                    let up = try await submit([[event()]], to: committer)
                    #expect(up.map(status) == [202])
                    let count = { try await queue.count("{event_queue}") }
                    // Our own connection is found lost once.
                    let first = try? await count()
                    let found = if let first { first } else { try await count() }
                    #expect(found == 1)
                    await committer.drain()
                }
            }
        }

        @Test func `a connection that was closed at rest costs nobody an answer`() async throws {
            try await TestDatabase.with { server in
                try await TestQueue.with(on: server) { queue in
                    let committer = GroupCommitter(database: queue.configuration, tables: queue.tables, logger: .quiet)
                    {}
                    _ = try await submit([[event()]], to: committer)
                    try await killOthers(queue)
                    let answers = try await submit([[event()]], to: committer)
                    #expect(answers.map(status) == [202])
                    #expect(try await queue.count("{event_queue}") == 2)
                    await committer.drain()
                }
            }
        }

        @Test func `whenever the connection is killed, accepted means that the row is there`() async throws {
            try await TestDatabase.with { server in
                try await TestQueue.with(on: server) { queue in
                    let committer = GroupCommitter(database: queue.configuration, tables: queue.tables, logger: .quiet)
                    {}
                    for round in 0..<30 {
                        var batch = (0..<20).map { _ in event() }
                        batch[3].idempotencyKey = "same"
                        let events = batch
                        let answers = Answers(events.map { [$0] }, of: committer)
                        if round % 2 == 0 { await Task.yield() }
                        // Also the connections that look what is there, and that write what is not.
                        for _ in 0...(round % 4) { try await killOthers(queue) }
                        for (event, answer) in zip(events, try await answers.all()) {
                            let isThere = try await queue.count("{event_queue} WHERE uuid = '\(event.uuid)'") == 1
                            switch answer {
                            case .success(let list):
                                if case .repeated = list[0] { #expect(!isThere) } else { #expect(isThere) }
                            case .failure(let error):
                                #expect(error.status == 503)
                                if error.code == "unavailable" { #expect(!isThere) }
                            }
                        }
                    }
                    #expect(try await queue.count("{event_dedup}") == 1)
                    await committer.drain()
                }
            }
        }

        @Test func `without tables the answer says what to do`() async throws {
            try await TestQueue.with(isMigrated: false) { queue in
                let committer = GroupCommitter(database: queue.configuration, tables: queue.tables, logger: .quiet) {}
                let answers = try await submit([[event()]], to: committer)
                guard case .failure(let error) = answers[0] else { Issue.record("\(answers)"); return }
                #expect((error.status, error.code) == (503, "not_migrated"))
                await committer.drain()
            }
        }

        /// The answers to submissions as they come.
        private final class Answers: Sendable {
            private let list = Mutex<[Int: Result<[Acceptance], ErrorAnswer>]>([:])
            private let expected: Int

            init(_ submissions: [[NewEvent]], of committer: GroupCommitter) {
                expected = submissions.count
                for (index, events) in submissions.enumerated() {
                    committer.submit(events) { [self] answer in
                        list.withLock { #expect($0.updateValue(answer, forKey: index) == nil) }
                    }
                }
            }

            var soFar: [Result<[Acceptance], ErrorAnswer>] {
                list.withLock { list in list.keys.sorted().compactMap { list[$0] } }
            }

            func all() async throws -> [Result<[Acceptance], ErrorAnswer>] {
                try await waitUntil("every request is answered") { soFar.count == expected }
                return soFar
            }
        }

        @Test(arguments: [true, false])
        func `the old connection is ended, and on another server nobody's of that number`(isSame: Bool) async throws {
            try await TestQueue.with { queue in
                let old = queue.anotherDatabase()
                let lost = try await old.run { try LostCommit.LostConnection($0) }
                let other = LostCommit.LostConnection(
                    serverThreadID: lost.serverThreadID, connectedAt: lost.connectedAt, server: "elsewhere")
                let settling = LostCommit(writer: EventWriter(tables: queue.tables))
                let found = try await withCheckedThrowingContinuation { answered in
                    queue.anotherDatabase().enqueue { session in
                        answered.resume(
                            with: Result { try settling.settle(["none"], lost: isSame ? lost : other, session) })
                    }
                }
                #expect(found.isEmpty)
                let living = try await queue.count(
                    "information_schema.processlist WHERE id = \(lost.serverThreadID)")
                #expect(living == (isSame ? 0 : 1))
                withExtendedLifetime(old) {}
            }
        }

        private func event() -> NewEvent { NewEvent(name: "e", payload: Array("{\"n\":1}".utf8)) }

        private func status(_ answer: Result<[Acceptance], ErrorAnswer>) -> Int {
            switch answer {
            case .success: 202
            case .failure(let error): error.status
            }
        }

        /// Submits all at once and returns the answers in their order.
        private func submit(
            _ submissions: [[NewEvent]], to committer: GroupCommitter
        ) async throws -> [Result<[Acceptance], ErrorAnswer>] {
            try await Answers(submissions, of: committer).all()
        }

        /// Ends every connection to this queue's server but our own.
        private func killOthers(_ queue: TestQueue) async throws {
            let ids = try await queue.rows(
                """
                SELECT id FROM information_schema.processlist
                WHERE id <> CONNECTION_ID() AND command IN ('Sleep', 'Execute', 'Query', 'Prepare')
                """)
            for id in ids { try? await queue.execute("KILL \(id)") }
        }
    }
}
