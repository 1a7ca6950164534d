import FoundationEssentials
import TestServers
import Testing

extension EndToEnd {
    @Suite("process_events") struct CronTests {
        @Test func `delivers as many events as it is told to and says so`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.serve()
                    try await site.dispatch((0..<25).map { #"{"event":"a.b","payload":\#($0)}"# })
                    let output = try await site.succeed("process_events")
                    #expect(output.contains("10 events: 10 delivered, 0 to be retried, 0 failed for good"))
                    #expect(try sink.received().map(\.text).sorted() == (0..<10).map(String.init).sorted())
                    #expect(try await site.events("pending") == 15)
                    #expect(try await site.succeed("process_events", "20").contains("15 events: 15 delivered"))
                    #expect(try await site.events("processed") == 25)
                    #expect(try sink.received().count == 25)
                }
            }
        }

        @Test func `ends at once where nothing is to be done`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                let start = ContinuousClock.now
                let output = try await site.succeed("process_events")
                #expect(ContinuousClock.now - start < .seconds(2))
                #expect(output.contains("0 events"))
                #expect(try await site.succeed("process_events", "--quiet") == "")
            }
        }

        @Test func `ends with 0 whatever the receivers say and with 1 where it cannot work`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook?status=500"))) { site in
                    try await site.succeed("dispatch", "a.b", "--payload", "{}")
                    let failing = try await site.run("process_events", "1")
                    #expect(failing.status == 0)
                    #expect(failing.output.contains("1 to be retried"), "\(failing.output)")
                }
                try await Site.with(Site.everything(to: sink.url("/hook")), migrated: false) { site in
                    let unmigrated = try await site.run("process_events")
                    #expect(unmigrated.status == 1)
                    #expect(unmigrated.output.contains("recado migrate"), "\(unmigrated.output)")
                }
                let nowhere = try await FinishedProgram.run(
                    RecadoProgram.path, ["process_events", "--config", "/nonexistent/recado.yaml"])
                #expect(nowhere.status == 1)
                #expect(nowhere.output.contains("/nonexistent/recado.yaml"))
            }
        }

        @Test func `a mail that one run has sent is not sent by another, nor with the dead letter`() async throws {
            try await SMTPSink.with { mails in
                let listeners = """
                    event_listeners:
                      appointment.saved: [email]
                    listeners:
                    \(Site.email("email", port: mails.port))
                    """
                try await Site.with(listeners, worker: ["retry_delays: [1ms]"]) { site in
                    try mails.answer(["ana@customer.example": "451 4.2.1 Try later"])
                    try await site.serve()
                    try await site.dispatch(
                        #"{"event":"appointment.saved","max_attempts":2,"payload":\#(DeliveringTests.appointment)}"#)
                    for _ in 1...2 { try await site.succeed("process_events") }
                    #expect(try await site.count("SELECT COUNT(*) FROM event_dlq WHERE attempts = 2") == 1)
                    #expect(try mails.received().map(\.recipients) == [["rui@salon.example"]])
                    try mails.answer([:])
                    try await site.succeed("dlq", "replay", "--all")
                    try await site.succeed("process_events")
                    #expect(try await site.events("processed") == 1)
                    #expect(
                        try mails.received().map(\.recipients) == [["rui@salon.example"], ["ana@customer.example"]])
                }
            }
        }

        @Test func `works with the tables of its own version only, and says so`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.succeed("dispatch", "a.b", "--payload", "1")
                    try await site.succeed("migrate", "down", "--yes")
                    for command in ["process_events", "work"] {
                        let refused = try await site.run(command)
                        #expect(refused.status == 1)
                        #expect(refused.output.contains("recado migrate"), "\(refused.output)")
                    }
                    try await site.serve()
                    let answer = try await Curl.post(
                        "\(site.url)/dispatch_sync", #"{"event":"a.b","payload":2}"#, key: Site.key)
                    #expect(answer.status == 503 && answer.body.contains("not_migrated"), "\(answer)")
                    #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 1)
                    #expect(try await Curl.get("\(site.url)/ready").status == 503)
                    #expect(try sink.received().isEmpty)
                    try await site.succeed("migrate")
                    #expect(try await site.succeed("process_events").contains("1 delivered"))
                }
            }
        }

        @Test func `works without an environment and from the root directory as cron starts it`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.succeed("dispatch", "a.b", "--payload", "1")
                    try await site.succeed("dispatch", "a.b", "--payload", "2")
                    try FileManager.default.copyItem(atPath: RecadoProgram.path, toPath: "\(site.directory)/recado")
                    let beside = try await Self.bare("\(site.directory)/recado process_events 1")
                    #expect(beside.output.contains("1 delivered"), "\(beside.output)")
                    let named = try await Self.bare(
                        "\(RecadoProgram.path) process_events 1 --config \(site.configurationPath)")
                    #expect(named.output.contains("1 delivered"), "\(named.output)")
                    #expect(try await site.events("processed") == 2)
                }
            }
        }

        @Test func `needs no libcurl to find nothing, and says it where one is missing that is needed`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try Data("no library".utf8).write(to: URL(filePath: "\(site.directory)/libcurl.so.4"))
                    let command = "\(RecadoProgram.path) process_events --config \(site.configurationPath)"
                    let run = "LD_LIBRARY_PATH=\(site.directory) \(command)"
                    #expect(try await Self.bare(run).output.contains("0 events"))
                    try await site.succeed("dispatch", "a.b", "--payload", "{}")
                    #expect(try await Self.bare(run).output.contains("1 to be retried"))
                    #expect(try await site.succeed("event", "1").contains("libcurl cannot be loaded: "))
                    #expect(try sink.received().isEmpty)
                }
            }
        }

        @Test func `leaves a scheduled event alone until its time has come`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.serve()
                    let time = Date(timeIntervalSinceNow: 2.5)
                    let accepted = try await site.dispatch(
                        #"{"event":"a.b","payload":{},"scheduled_at":"\#(time.formatted(.iso8601))"}"#)
                    #expect(accepted.status == "scheduled")
                    #expect(try await site.succeed("process_events").contains("0 delivered"))
                    #expect(try await site.events("scheduled") == 1)
                    #expect(try sink.received().isEmpty)
                    try await waitUntil("the scheduled event is delivered") {
                        try await site.succeed("process_events").contains("1 delivered")
                    }
                    // Whole seconds are what ISO 8601 was written with.
                    let arrival = try #require(try sink.received().first).time
                    #expect(arrival >= time.timeIntervalSince1970.rounded(.down))
                    #expect(try await site.events("processed") == 1)
                }
            }
        }

        /// Runs a command line as cron does: next to no environment, another directory.
        private static func bare(_ command: String) async throws -> FinishedProgram {
            try await FinishedProgram.run("/usr/bin/env", ["-i", "/bin/sh", "-c", "cd /; \(command)"])
        }
    }
}
