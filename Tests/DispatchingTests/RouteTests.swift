import Dispatching
import EventQueue
import EventWorker
import FoundationEssentials
import ListenerKit
import MariaDBClient
import QueueFixtures
import Testing

extension DispatchingTests {
    @Suite struct Routes {
        @Test func `a dispatch is answered when its row is there`() async throws {
            try await withService { queue, ask in
                let answer = await ask("POST", "/dispatch", #"{"event":"e","payload":{"n":1}}"#)
                #expect(answer.status == 202)
                let uuid = try await queue.value("SELECT uuid FROM {event_queue}")
                #expect(text(answer) == "{\"id\":1,\"uuid\":\"\(uuid)\",\"status\":\"pending\"}\n")
                #expect(answer.headers.contains { $0 == ("Content-Type", "application/json") })
                #expect(try await queue.value("SELECT source FROM {event_queue}") == "http")
            }
        }

        @Test func `an array is answered item by item, the wrong ones too`() async throws {
            try await withService { queue, ask in
                let answer = await ask(
                    "POST", "/dispatch",
                    #"[{"event":"a","payload":1,"idempotency_key":"x"},{"payload":1},{"event":"a","payload":2,"idempotency_key":"x"}]"#
                )
                #expect(answer.status == 202)
                let parts = text(answer).split(separator: "},{")
                #expect(parts.count == 3)
                #expect(parts[1].contains("\"field\":\"event\""))
                #expect(parts[2].contains("idempotency_conflict"))
                let count = try await queue.count("{event_queue}")
                #expect(count == 1)
                let wrong = await ask("POST", "/dispatch", "[5, 6]")
                #expect(wrong.status == 400)
            }
        }

        @Test func `the same key again is the same event, with another body a conflict`() async throws {
            try await withService { queue, ask in
                let first = await ask("POST", "/dispatch", #"{"event":"a","payload":1,"idempotency_key":"x"}"#)
                let again = await ask("POST", "/dispatch", #"{"event":"a","payload":1,"idempotency_key":"x"}"#)
                let other = await ask("POST", "/dispatch", #"{"event":"a","payload":2,"idempotency_key":"x"}"#)
                #expect(text(again) == text(first).replacing("}", with: ",\"repeated\":true}"))
                #expect((again.status, other.status) == (202, 409))
                let alone = await ask(
                    "POST", "/dispatch", #"[{"event":"a","payload":2,"idempotency_key":"x"},{"event":"a"}]"#)
                #expect(alone.status == 409)
                let count = try await queue.count("{event_queue}")
                #expect(count == 1)
            }
        }

        @Test(arguments: [
            ("GET", "/dispatch", 405), ("PUT", "/dispatch_sync", 405), ("POST", "/health", 405),
            ("DELETE", "/queue/stats", 405),
            ("POST", "/events/1", 405), ("GET", "/", 404), ("POST", "/dispatch/", 404),
            ("GET", "/events/nonsense", 404),
            ("GET", "/events/99", 404), ("GET", "/health", 200), ("HEAD", "/health", 200), ("GET", "/ready", 200),
            ("GET", "/queue/stats", 200),
        ])
        func `every path has its methods`(_ method: String, _ path: String, status: Int) async throws {
            try await withService { queue, ask in
                let answer = await ask(method, path, "")
                #expect(answer.status == status)
                #expect(answer.headers.contains { $0.name == "Allow" } == (status == 405))
                let count = try await queue.count("{event_queue}")
                #expect(count == 0)
            }
        }

        @Test func `what is larger than the database takes is answered 413, synchronously too`() async throws {
            try await withService { queue, ask in
                try await queue.execute("SET GLOBAL max_allowed_packet = 1048576")
                let body = #"{"event":"e","payload":"\#(String(repeating: "x", count: 1_050_000))"}"#
                let answers = [await ask("POST", "/dispatch_sync", body), await ask("POST", "/dispatch", body)]
                try await queue.execute("SET GLOBAL max_allowed_packet = 67108864")
                #expect(answers.map(\.status) == [413, 413])
                #expect(try await queue.count("{event_queue}") == 0)
            }
        }

        @Test(arguments: [
            ("POST", "/dispatch", true), ("POST", "/dispatch_sync", true), ("GET", "/dispatch", false),
            ("GET", "/health", false), ("GET", "/ready", false), ("GET", "/queue/stats", false),
            ("GET", "/events/1", false), ("POST", "/nowhere", false),
        ])
        func `only the body of a dispatch is read`(_ method: String, _ path: String, _ isRead: Bool) async throws {
            try await withService { _, asking in
                let head = Request(method: method, path: path, peer: .unixSocket)
                #expect(asking.service.admits(head) == isRead)
            }
        }

        @Test func `a request id is kept where it is one, and made where it is not`() async throws {
            try await withService { queue, ask in
                _ = await ask("POST", "/dispatch", #"{"event":"e","payload":1}"#, ["x-request-id": "abc-1"])
                let made = await ask("POST", "/dispatch", #"{"event":"e","payload":1}"#, ["x-request-id": "a b\n"])
                let ids = try await queue.rows("SELECT request_id FROM {event_queue} ORDER BY id")
                #expect(ids.first == "abc-1")
                #expect(made.headers.contains { $0 == ("X-Request-ID", ids[1]) })
                #expect(ids[1] != "a b\n")
            }
        }

        @Test func `a synchronous dispatch says what each listener said`() async throws {
            let listeners: [String: any Listener] = [
                "good": RecordingListener { _ in .delivered(detail: "HTTP 200") },
                "bad": RecordingListener { _ in .permanent(Failure(.rejected, "HTTP 400")) },
            ]
            try await withService(listeners) { queue, ask in
                let answer = await ask("POST", "/dispatch_sync", #"{"event":"e","payload":1}"#)
                #expect(answer.status == 200)
                #expect(text(answer).contains(#""message":"HTTP 400","milliseconds""#))
                #expect(text(answer).contains(#""name":"good","ok":true"#))
                #expect(text(answer).contains(#""status":"failed""#))
                let several = await ask("POST", "/dispatch_sync", #"[{"event":"e","payload":1}]"#)
                #expect(several.status == 400)
                let event = await ask("GET", "/events/1", "")
                #expect(text(event).contains(#""state":"dead""#))
                let count = try await queue.count("{event_queue}")
                #expect(count == 1)
            }
        }

        /// Asks a service, as a wire would.
        private struct Asking {
            let service: DispatchService

            func callAsFunction(
                _ method: String, _ path: String, _ body: String, _ headers: HeaderFields = [:]
            ) async -> Response {
                await withCheckedContinuation { continuation in
                    service.handle(
                        Request(
                            method: method, path: path, headers: headers, body: Array(body.utf8),
                            peer: .loopback)
                    ) { continuation.resume(returning: $0()) }
                }
            }
        }

        private func withService(
            _ listeners: [String: any Listener] = [:], _ body: (TestQueue, Asking) async throws -> Void
        ) async throws {
            try await TestQueue.with { queue in
                let subscriptions = CurrentSubscriptions(everything: listeners)
                let settings = queue.settings()
                let committer = GroupCommitter(
                    database: queue.configuration, tables: queue.tables, logger: .quiet
                ) {}
                let sync = SyncDeliverer(
                    WorkerContext(
                        settings: settings, subscriptions: subscriptions, directory: nil, logger: .quiet),
                    accept: { try await committer.accept($0) })
                let service = DispatchService(
                    .init(
                        keys: AccessKeys([]), limits: DispatchLimits(), syncTimeout: .seconds(10), tables: queue.tables),
                    committer: committer, sync: sync, reading: queue.database, subscriptions: subscriptions,
                    logger: .quiet)
                let running = Task { try await sync.run() }
                do {
                    try await body(queue, Asking(service: service))
                } catch {
                    running.cancel()
                    throw error
                }
                running.cancel()
                _ = await running.result
                await committer.drain()
            }
        }

        private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }
    }
}
