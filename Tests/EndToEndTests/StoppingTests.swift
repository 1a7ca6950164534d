import Glibc
import PrivateDatabase
import TestServers
import Testing

extension EndToEnd {
    @Suite("At SIGTERM") struct StoppingTests {
        @Test func `serve answers what it has accepted and ends with 0`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                let server = try await site.serve()
                try await WebServer.nginx.with(responder: .unixSocket(site.socketPath)) { running in
                    let (direct, proxied) = (Load(), Load())
                    async let directly: Void = direct.run(100_000, to: site.url) { server.exitStatus != nil }
                    async let byFastCGI: Void = proxied.run(100_000, to: running.url) { server.exitStatus != nil }
                    try await waitUntil("events are accepted on both wires") {
                        direct.accepted.count > 50 && proxied.accepted.count > 50
                    }
                    let start = ContinuousClock.now
                    #expect(await server.stop(within: .seconds(20)) == .exited(0))
                    #expect(ContinuousClock.now - start < .seconds(5))
                    _ = await (directly, byFastCGI)
                    let rows = try await site.rows("SELECT uuid FROM event_queue")
                    #expect(Set(rows) == Set(direct.accepted + proxied.accepted))
                    #expect(access(site.socketPath, F_OK) != 0)
                }
            }
        }

        @Test func `a worker puts back what is in flight and no attempt counts`() async throws {
            try await WebhookSink.with { sink in
                let hook = Site.everything(to: sink.url("/hook?hang=1"))
                try await Site.with(hook, worker: ["shutdown_grace: 100ms"]) { site in
                    try await site.serve()
                    let worker = try site.start("work")
                    try await site.dispatch((0..<3).map { #"{"event":"a.b","payload":\#($0)}"# })
                    _ = try await sink.waitForRequests(count: 3)
                    let start = ContinuousClock.now
                    #expect(await worker.stop(within: .seconds(20)) == .exited(0))
                    #expect(ContinuousClock.now - start < .seconds(5))
                    #expect(try await site.count("SELECT SUM(attempts) FROM event_queue") == 0)
                    #expect(try await site.count("SELECT COUNT(*) FROM delivery_attempt") == 0)

                    try sink.answer(["/hook": "status=200"])
                    _ = try site.start("work")
                    let requests = try await sink.waitForRequests(count: 6)
                    #expect(requests.allSatisfy { $0.headers["x-delivery-attempt"] == "1" })
                    try await site.waitForProcessed(3)
                }
            }
        }

        @Test func `process_events puts back what is in flight and leaves the rest alone`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook?hang=1"))) { site in
                    try await site.serve()
                    try await site.dispatch((0..<3).map { #"{"event":"a.b","instance":"i1","payload":\#($0)}"# })
                    let run = try site.start("process_events")
                    _ = try await sink.waitForRequests(count: 1)
                    let start = ContinuousClock.now
                    #expect(await run.stop(within: .seconds(20)) == .exited(0))
                    #expect(ContinuousClock.now - start < .seconds(5))
                    #expect(try await site.count("SELECT SUM(attempts) FROM event_queue") == 0)

                    try sink.answer(["/hook": "status=200"])
                    #expect(try await site.succeed("process_events").contains("3 delivered"))
                    #expect(try sink.received().map(\.text) == ["0", "0", "1", "2"])
                }
            }
        }

        @Test func `a worker finishes what ends in time`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook?delay=0.5"))) { site in
                    try await site.serve()
                    let worker = try site.start("work")
                    try await site.dispatch((0..<20).map { #"{"event":"a.b","payload":\#($0)}"# })
                    _ = try await sink.waitForRequests(count: 20)
                    #expect(await worker.stop(within: .seconds(20)) == .exited(0))
                    #expect(try await site.events("processed") == 20)
                    #expect(try sink.received().count == 20)
                }
            }
        }
    }
}
