import Glibc
import PrivateDatabase
import TestServers
import Testing

extension EndToEnd {
    @Suite("A responder") struct ServingTests {
        private static let event = #"{"event":"a.b","payload":{}}"#
        private static let readingKey = "the-key-of-who-may-read-only"
        private static let dispatchingKey = "the-key-of-who-may-dispatch-only"
        private static let keys = [
            "  - {name: reader, key: \(readingKey), purposes: [read]}",
            "  - {name: app, key: \(dispatchingKey), purposes: [dispatch]}",
        ]

        @Test func `serves each address to who has a key for it, and nobody else`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/"), server: Self.keys) { site in
                try await site.serve()
                let id = try await site.dispatch(Self.event).id
                let callers: [(key: String?, dispatching: Int, reading: Int)] = [
                    (nil, 401, 401), ("no-key-that-anybody-was-given", 401, 401), (Self.dispatchingKey, 202, 403),
                    (Self.readingKey, 403, 200), (Site.key, 202, 200),
                ]
                for caller in callers {
                    for path in ["/dispatch", "/dispatch_sync"] {
                        let answer = try await Curl.post(
                            site.url + path, #"{"event":"a.b","payload":1,"scheduled_at":"2037-01-01T00:00:00Z"}"#,
                            key: caller.key)
                        #expect(answer.status == caller.dispatching, "\(path) \(caller)")
                    }
                    for path in ["/events/\(id)", "/queue/stats"] {
                        let answer = try await Curl.get(site.url + path, key: caller.key)
                        #expect(answer.status == caller.reading, "\(path) \(caller)")
                        #expect(answer.body.contains("error") == (caller.reading != 200))
                    }
                    for path in ["/health", "/ready"] {
                        #expect(try await Curl.get(site.url + path, key: caller.key).status == 200)
                    }
                }
                #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 1 + 4)
            }
        }

        @Test func `a key of one tenant opens that one's events, and no others are there for it`() async throws {
            let key = "the-key-of-one-tenant-and-no-other"
            let keys = ["  - {name: acme, key: \(key), purposes: [admin], tenant: acme}"]
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/"), server: keys) { site in
                try await site.serve()
                let named = #"{"event":"a.b","payload":1,"scheduled_at":"2037-01-01T00:00:00Z","tenant":"#
                let unnamed = named.replacing(#","tenant":"#, with: "}")
                let (own, other) = (named + #""acme"}"#, named + #""Acme"}"#)
                for path in ["/dispatch", "/dispatch_sync"] {
                    #expect(try await Curl.post(site.url + path, own, key: key).status == 202)
                    #expect(try await Curl.post(site.url + path, unnamed, key: key).status == 202)
                    let refused = try await Curl.post(site.url + path, other, key: key)
                    #expect(refused.status == 403 && refused.body.contains(#""field":"tenant""#), "\(refused)")
                }
                let several = try await Curl.post("\(site.url)/dispatch", "[\(unnamed),\(other)]", key: key)
                #expect(several.status == 202 && several.body.contains(#""code":"forbidden""#), "\(several)")
                #expect(try await site.rows("SELECT DISTINCT tenant_id FROM event_queue") == ["acme"])
                #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 5)

                let others = [try await site.dispatch(other).id, try await site.dispatch(unnamed).id]
                #expect(try await Curl.get("\(site.url)/events/1", key: key).status == 200)
                let missing = try await Curl.get("\(site.url)/events/999", key: key)
                for id in others {
                    let hidden = try await Curl.get("\(site.url)/events/\(id)", key: key)
                    #expect(hidden.status == 404 && hidden.body == missing.body, "\(hidden)")
                    #expect(try await Curl.get("\(site.url)/events/\(id)", key: Site.key).status == 200)
                }
                #expect(try await Curl.get("\(site.url)/queue/stats", key: key).status == 403)
            }
        }

        @Test func `says whether it is ready, and when to come again`() async throws {
            try await TestDatabase.with { database in
                try await Site.with(Site.everything(to: "http://127.0.0.1:9/"), database: database) { site in
                    try await site.serve()
                    #expect(try await Curl.get("\(site.url)/ready").status == 200)
                    _ = try await site.rows("RENAME TABLE event_queue TO hidden")
                    try await Self.expectRefusals(site, code: "not_migrated")
                    _ = try await site.rows("RENAME TABLE hidden TO event_queue")
                    #expect(try await Curl.get("\(site.url)/ready").status == 200)
                    try await site.dispatch(Self.event)
                    await database.kill()
                    try await Self.expectRefusals(site, code: nil)
                    try await database.restart()
                    try await waitUntil("it is ready again", within: .seconds(20)) {
                        try await Curl.get("\(site.url)/ready").status == 200
                    }
                    try await site.dispatch(Self.event)
                    #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 2)
                }
            }
        }

        private static func expectRefusals(_ site: Site, code: String?) async throws {
            #expect(try await Curl.get("\(site.url)/health").status == 200)
            #expect(try await Curl.get("\(site.url)/ready").status == 503)
            for path in ["/dispatch", "/dispatch_sync"] {
                let refused = try await Curl.post(site.url + path, event)
                #expect(refused.status == 503)
                #expect(Int(refused.headers["retry-after"] ?? "") ?? 0 > 0, "\(path): \(refused)")
                if let code { #expect(refused.text("error", "code") == code) }
            }
        }

        @Test func `answers a synchronous dispatch at its deadline, and delivers it later`() async throws {
            try await WebhookSink.with { sink in
                let hook = Site.everything(to: sink.url("/hook?hang=1"), "timeout: 2s")
                try await Site.with(hook, server: ["sync_timeout: 300ms"]) { site in
                    try await site.serve()
                    let body = #"{"event":"a.b","payload":1,"idempotency_key":"once"}"#
                    let late = try await Curl.post("\(site.url)/dispatch_sync", body)
                    #expect(late.status == 202)
                    #expect(late.text("status") == "processing")
                    let again = try await Curl.post("\(site.url)/dispatch_sync", body)
                    #expect(again.status == 200)
                    #expect(again.text("uuid") == late.text("uuid"))
                    let another = #"{"event":"a.b","payload":2,"idempotency_key":"once"}"#
                    #expect(try await Curl.post("\(site.url)/dispatch_sync", another).status == 409)
                    let scheduled = #"{"event":"a.b","payload":3,"scheduled_at":"2037-01-01T00:00:00Z"}"#
                    #expect(try await Curl.post("\(site.url)/dispatch_sync", scheduled).status == 202)
                    #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 2)

                    try sink.answer(["/hook": "status=200"])
                    _ = try site.start("work")
                    try await site.waitForProcessed(1)
                }
            }
        }

        @Test func `reads its configuration again while it serves`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/one"))) { site in
                    let server = try await site.serve()
                    func dispatch(_ number: Int) async throws {
                        let body = #"{"event":"a.b","payload":\#(number)}"#
                        #expect(try await Curl.post("\(site.url)/dispatch_sync", body).status == 200)
                    }
                    try await dispatch(1)
                    try site.configure(Site.everything(to: sink.url("/two")), server: ["max_batch: 5"])
                    server.send(SIGHUP)
                    try await waitUntil("it has read it") { site.log(of: server).contains("listeners reloaded") }
                    try await waitUntil("it says what takes a restart") {
                        site.log(of: server).split(separator: "\n").contains {
                            $0.contains("takes a restart") && $0.contains("server")
                        }
                    }
                    try await dispatch(2)
                    #expect(try sink.received(on: "/two").map(\.text) == ["2"])
                    try site.configure("listeners: 5")
                    server.send(SIGHUP)
                    try await waitUntil("it has refused it") { site.log(of: server).contains("the one in force stays") }
                    try await dispatch(3)
                    #expect(try sink.received(on: "/two").map(\.text) == ["2", "3"])
                    #expect(await server.stop(within: .seconds(20)) == .exited(0))
                }
            }
        }

        @Test func `waits for what it delivers within requests as long as server.shutdown_grace says`() async throws {
            try await WebhookSink.with { sink in
                let hook = Site.everything(to: sink.url("/hook?hang=1"))
                let grace = (server: ["shutdown_grace: 100ms", "sync_timeout: 200ms"], worker: ["shutdown_grace: 1h"])
                try await Site.with(hook, worker: grace.worker, server: grace.server) { site in
                    let server = try await site.serve()
                    #expect(try await Curl.post("\(site.url)/dispatch_sync", Self.event).status == 202)
                    _ = try await sink.waitForRequests(count: 1)
                    #expect(await server.stop(within: .seconds(20)) == .exited(0))
                    #expect(try await site.count("SELECT SUM(attempts) FROM event_queue") == 0)
                }
            }
        }

        @Test func `rings for the worker, however seldom that looks by itself`() async throws {
            try await WebhookSink.with { sink in
                let seldom = ["poll_interval_min: 60s", "poll_interval: 60s", "lease: 300s"]
                try await Site.with(Site.everything(to: sink.url("/hook")), worker: seldom) { site in
                    try await site.serve()
                    let worker = try site.start("work")
                    try await waitUntil("it works") { site.log(of: worker).contains("worker started") }
                    for number in 1...3 {
                        try await site.dispatch(#"{"event":"a.b","payload":\#(number)}"#)
                        _ = try await sink.waitForRequests(count: number)
                    }
                }
            }
        }
    }
}
