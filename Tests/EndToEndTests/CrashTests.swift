import FoundationEssentials
import Glibc
import PrivateDatabase
import TestServers
import Testing

extension EndToEnd {
    @Suite("After kill -9") struct CrashTests {
        @Test func `of a worker its lane goes on with a neighbour within two seconds`() async throws {
            try await WebhookSink.with { sink in
                let hook = Site.everything(to: sink.url("/hook?hang=1"))
                try await Site.with(hook, worker: ["lease: 60s", "poll_interval: 10s"]) { site in
                    try await site.serve()
                    let workers = [try site.start("work"), try site.start("work")]
                    try await site.wait(
                        until: "SELECT COUNT(*) FROM event_worker WHERE kind = 'daemon'", is: 2)
                    try await site.dispatch((0..<5).map { #"{"event":"a.b","instance":"i1","payload":\#($0)}"# })
                    _ = try await sink.waitForRequests(count: 1)
                    let owner = try await site.count(
                        "SELECT pid FROM event_lane JOIN event_worker ON event_worker.id = owner")
                    let victim = try #require(workers.first { $0.processID == Int32(owner) })

                    try sink.answer(["/hook": "status=200"])
                    let killed = ContinuousClock.now
                    victim.send(SIGKILL)
                    let requests = try await sink.waitForRequests(count: 6)
                    #expect(ContinuousClock.now - killed < .seconds(2))
                    // Only what was in flight is repeated, and it is recognised by its id.
                    #expect(requests.map(\.text) == ["0", "0", "1", "2", "3", "4"])
                    #expect(requests[0].headers["webhook-id"] == requests[1].headers["webhook-id"])
                    try await site.waitForProcessed(5)
                }
            }
        }

        @Test func `of the responder under load every accepted event has its row`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                let load = Load()
                for round in 1...3 {
                    let server = try await site.serve()
                    async let loading: Void = load.run(100_000, to: site.url) { server.exitStatus != nil }
                    try await waitUntil("\(round * 60) events are accepted") { load.accepted.count >= round * 60 }
                    server.send(SIGKILL)
                    _ = await server.waitForExit()
                    await loading
                }
                #expect(load.accepted.count >= 180)
                let rows = Set(try await site.rows("SELECT uuid FROM event_queue"))
                #expect(Set(load.accepted).isSubset(of: rows))
            }
        }

        @Test func `of the database under load nothing that was accepted is lost`() async throws {
            try await TestDatabase.with { database in
                try await WebhookSink.with { sink in
                    let hook = Site.everything(to: sink.url("/hook"))
                    try await Site.with(hook, database: database) { site in
                        try await site.serve()
                        for _ in 0..<2 { _ = try site.start("work") }
                        let load = Load()
                        async let loading: Void = load.run(400, to: site.url, untilAccepted: true)
                        for round in 1...2 {
                            try await waitUntil("\(round * 120) events are accepted", within: .seconds(60)) {
                                load.accepted.count >= round * 120
                            }
                            await database.kill()
                            try await database.restart()
                        }
                        await loading
                        #expect(load.accepted.count == 400)
                        let rows = try await site.rows("SELECT uuid FROM event_queue")
                        #expect(rows.count == 400)
                        #expect(Set(rows) == Set(load.accepted))
                        try await site.waitForProcessed(400, within: .seconds(60))
                        #expect(Set(try sink.received().compactMap { $0.headers["x-event-id"] }) == Set(rows))
                    }
                }
            }
        }

        @Test func `of the database a worker that starts meanwhile waits for it`() async throws {
            try await TestDatabase.with { database in
                try await WebhookSink.with { sink in
                    try await Site.with(Site.everything(to: sink.url("/hook")), database: database) { site in
                        try await site.succeed("dispatch", "a.b", "--payload", "{}")
                        await database.kill()
                        let workers = [try site.start("work"), try site.start("work")]
                        for worker in workers {
                            try await waitUntil("the worker waits") {
                                site.log(of: worker).contains("the database is away")
                            }
                        }
                        #expect(await workers[0].stop() == .exited(0))
                        try await database.restart()
                        try await site.waitForProcessed(1)
                        #expect(workers[1].exitStatus == nil)
                    }
                }
            }
        }

        @Test func `again and again by one event that event becomes a dead letter and the others are delivered`()
            async throws
        {
            try await withTemporaryDirectory { directory in
                let script = "\(directory)/poison.sh"
                // The poison kills the worker that runs it.
                try """
                event=$(cat)
                case "$event" in *poison*) kill -9 $PPID;; esac
                echo "$event" >> \(directory)/delivered
                """.write(toFile: script, atomically: false, encoding: .utf8)
                let listeners = """
                    event_listeners:
                      "*": [script]
                    listeners:
                      script:
                        type: exec
                        command: [/bin/sh, \(script)]
                    """
                try await Site.with(listeners) { site in
                    for payload in [#"{"n":1}"#, #"{"n":2}"#, #"{"poison":true}"#, #"{"n":3}"#, #"{"n":4}"#] {
                        try await site.succeed("dispatch", "a.b", "--payload", payload)
                    }
                    var statuses: [Int32] = []
                    while try await site.count(
                        "SELECT COUNT(*) FROM event_queue WHERE status IN ('pending', 'processing') OR scheduled_at > 0"
                    )
                        > 0, statuses.count < 20
                    {
                        statuses.append(try await site.run("process_events", "10").status)
                    }
                    // Once before anybody suspects it, then as often as it may be tried, and once on trial.
                    #expect(statuses.filter { $0 == 128 + SIGKILL }.count == 5, "\(statuses)")
                    #expect(statuses.last == 0)
                    #expect(try await site.events("processed") == 4)
                    let dead = try await site.rows("SELECT payload, reason, attempts FROM event_dlq")
                    #expect(dead == [#"{"poison":true}"# + "\tcrashed\t3"])
                }
            }
        }
    }
}
