import FoundationEssentials
import Glibc
import PrivateDatabase
import TestServers
import Testing

extension EndToEnd {
    @Suite("An operator") struct OperatingTests {
        @Test func `is told where a typing error in the configuration is and what was meant`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/"), migrated: false) { site in
                let right = try await site.run("config", "check")
                #expect(right.status == 0)
                #expect(right.output.contains("\(site.configurationPath): ok"))

                try site.configure(
                    """
                    event_listeners:
                      "*": [hok]
                    listeners:
                      hook:
                        type: webhok
                        url: http://127.0.0.1:9/
                    """, worker: ["kyless_lanes: 2"])
                let wrong = try await site.run("config", "check")
                #expect(wrong.status == 1)
                for (text, meant) in [("hok", "hook"), ("webhok", "webhook"), ("kyless_lanes", "keyless_lanes")] {
                    let number = try #require(site.line(of: text))
                    let line = wrong.output.split(separator: "\n").first {
                        $0.contains("\(site.configurationPath):\(number):")
                    }
                    #expect(line?.contains("did you mean \"\(meant)\"?") == true, "\(wrong.output)")
                }
                for command in ["serve", "work", "process_events"] {
                    #expect(try await site.run(command).status == 1)
                }
            }
        }

        @Test func `adds a listener without a restart and a broken file changes nothing`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/one"))) { site in
                    try await site.serve()
                    let worker = try site.start("work")
                    try await site.dispatch(#"{"event":"a.b","payload":1}"#)
                    _ = try await sink.waitForRequests(count: 1, on: "/one")

                    try site.configure(
                        """
                        event_listeners:
                          "*": [hook, second]
                        listeners:
                        \(Site.webhook("hook", sink.url("/one")))
                        \(Site.webhook("second", sink.url("/two")))
                        """)
                    worker.send(SIGHUP)
                    try await waitUntil("the worker has read it") {
                        site.log(of: worker).contains("listeners reloaded")
                    }
                    try await site.dispatch(#"{"event":"a.b","payload":2}"#)
                    #expect(try await sink.waitForRequests(count: 1, on: "/two").map(\.text) == ["2"])

                    try site.configure("event_listeners: {a.b: [nobody]}\nlisteners: {}")
                    worker.send(SIGHUP)
                    try await waitUntil("the worker has refused it") {
                        site.log(of: worker).contains("the one in force stays")
                    }
                    try await site.dispatch(#"{"event":"a.b","payload":3}"#)
                    #expect(try await sink.waitForRequests(count: 2, on: "/two").map(\.text) == ["2", "3"])
                    #expect(try await sink.waitForRequests(count: 3, on: "/one").map(\.text) == ["1", "2", "3"])
                }
            }
        }

        @Test func `takes a listener away and is told what waits for it`() async throws {
            try await WebhookSink.with { sink in
                let listeners = { (names: String) in
                    """
                    event_listeners: {"*": [\(names)]}
                    listeners:
                    \(Site.webhook("hook", sink.url("/hook?status=503")))
                    \(Site.webhook("other", sink.url("/other?status=400")))
                    """
                }
                let slow = ["retry_delays: [1h]"]
                try await Site.with(listeners("hook, other"), worker: slow) { site in
                    let worker = try site.start("work")
                    try await site.succeed("dispatch", "a.b", "--payload", "1")
                    try await site.wait(until: "SELECT COUNT(*) FROM delivery_attempt", is: 2)
                    #expect(try await !site.run("doctor").output.contains("deliveries wait"))

                    try site.configure(
                        "event_listeners: {\"*\": [new]}\nlisteners:\n" + Site.webhook("new", sink.url("/new")),
                        worker: slow)
                    worker.send(SIGHUP)
                    try await waitUntil("the worker says so") {
                        site.log(of: worker).split(separator: "\n").contains {
                            $0.contains("listeners are gone") && $0.contains("hook, other")
                        }
                    }
                    let doctor = try await site.run("doctor").output
                    #expect(doctor.contains("1 deliveries wait for the listener hook"), "\(doctor)")
                    let id = try await site.count("SELECT id FROM event_dlq")
                    for selection in ["--all", "\(id)"] {
                        let refused = try await site.run("dlq", "replay", selection)
                        #expect(refused.status == 1)
                        #expect(refused.output.contains("no enabled listener other"), "\(refused.output)")
                    }
                    #expect(try await site.count("SELECT COUNT(*) FROM event_dlq WHERE status = 'pending'") == 1)

                    try sink.answer(["/hook": "status=200", "/other": "status=200"])
                    try site.configure(listeners("hook, other"), worker: slow)
                    worker.send(SIGHUP)
                    try await site.succeed("reset_failed")
                    #expect(try await site.succeed("dlq", "replay", "--all").contains("1 put back"))
                    try await site.waitForProcessed(1)
                }
            }
        }

        @Test(arguments: ["work", "process_events"])
        func `finds old rows gone, each kind when its time has come`(_ command: String) async throws {
            let periods =
                "retention: {attempts: 2d, processed: 4d, idempotency_keys: 6d, dead_letters: 8d, interval: 1s}\n"
            try await Site.with(periods + Site.everything(to: "http://127.0.0.1:9/")) { site in
                let ages = "(SELECT seq AS days FROM seq_1_to_9 WHERE seq % 2 = 1) ages"
                let then = "UTC_TIMESTAMP(3) - INTERVAL days DAY"
                _ = try await site.rows(
                    """
                    INSERT INTO event_queue (id, event_name, payload, status, create_datetime, update_datetime)
                        SELECT days, 'e', '1', 'processed', \(then), \(then) FROM \(ages);
                    INSERT INTO delivery_attempt (event_id, listener, finished_at, attempt, outcome)
                        SELECT days, 'hook', \(then), 1, 'delivered' FROM \(ages);
                    INSERT INTO event_dedup (tenant_id, idempotency_key, uuid, request_hash, create_datetime)
                        SELECT '', days, UUID(), REPEAT('0', 64), \(then) FROM \(ages);
                    INSERT INTO event_dlq (id, event_id, uuid, listener, event_name, payload, reason, error_message, attempts,
                            history, status, create_datetime, update_datetime)
                        SELECT days, days, UUID(), 'hook', 'e', '1', 'failed', '', 1, '[]', 'discarded', \(then), \(then)
                        FROM \(ages);
                    INSERT INTO event_lane (listener, lane_key, visible_at, active_at)
                        SELECT 'hook', CONCAT('k:', days), '9999-12-31', \(then) FROM \(ages);
                    """)
                if command == "work" { _ = try site.start(command) } else { try await site.succeed(command) }
                try await site.wait(until: "SELECT COUNT(*) FROM event_lane", is: 0)
                for (table, id, kept) in [
                    ("delivery_attempt", "event_id", "1"), ("event_queue", "id", "1 3"),
                    ("event_dedup", "idempotency_key", "1 3 5"), ("event_dlq", "id", "1 3 5 7"),
                ] {
                    let left = try await site.rows("SELECT \(id) FROM \(table) ORDER BY 1").joined(separator: " ")
                    #expect(left == kept, "\(table)")
                }
            }
        }

        @Test func `finds no secret in the log, however much is logged`() async throws {
            try await WebhookSink.with { sink in
                let secret = "whsec_" + Data("twenty-four bytes of it.".utf8).base64EncodedString()
                let more = "secret: [\"\(secret)\"], headers: {Authorization: Bearer hush-hush-hush}"
                let listeners = """
                    event_listeners: {"*": [hook]}
                    listeners:
                      hook: {type: webhook, url: "\(sink.url("/hook"))", allow_private_addresses: true, \(more)}
                    """
                try await Site.with(listeners) { site in
                    let debug = ["RECADO_LOG_LEVEL": "debug"]
                    let serve = try site.start("serve", environment: debug)
                    let work = try site.start("work", environment: debug)
                    try await waitUntil("it serves") { site.log(of: serve).contains("serving HTTP") }
                    try await site.dispatch(#"{"event":"a.b","payload":1}"#)
                    _ = try await sink.waitForRequests(count: 1, on: "/hook")
                    try await waitUntil("the delivery is logged") { site.log(of: work).contains("delivered") }
                    for process in [serve, work] {
                        process.send(SIGTERM)
                        #expect(await process.waitForExit(within: .seconds(30)) != nil)
                        for word in [secret, "hush-hush-hush", Site.key] {
                            #expect(!site.log(of: process).contains(word))
                        }
                    }
                }
            }
        }

        @Test func `may lose the runtime directory and still has everything delivered`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.serve()
                    // A file stands where the folder of the installation is to be made.
                    try FileManager.default.removeItem(atPath: "\(site.directory)/run")
                    try "".write(toFile: "\(site.directory)/run", atomically: true, encoding: .utf8)
                    try await site.dispatch(#"{"event":"a.b","payload":1}"#)
                    try await site.succeed("process_events")
                    #expect(try await sink.waitForRequests(count: 1, on: "/hook").map(\.text) == ["1"])
                    let answer = await Caller.post("\(site.url)/dispatch_sync", #"{"event":"a.b","payload":2}"#)
                    #expect(answer?.status == 200, "\(String(describing: answer))")
                }
            }
        }

        @Test func `hears from the doctor what is missing and what to do`() async throws {
            try await SMTPSink.with { mails in
                let closed = try Loopback.freePort()
                let listeners = "event_listeners:\n  \"*\": [email]\nlisteners:\n"
                try await Site.with(listeners + Site.email("email", port: closed), migrated: false) { site in
                    let first = try await site.run("doctor")
                    #expect(first.status == 1)
                    #expect(first.output.contains("Run: recado migrate"), "\(first.output)")
                    #expect(first.output.contains("FAIL  listener email"), "\(first.output)")
                    #expect(first.output.contains("listeners.email"), "\(first.output)")

                    try await site.succeed("migrate")
                    let second = try await site.run("doctor")
                    #expect(second.status == 1)
                    #expect(second.output.contains("FAIL  worker: none has ever run"), "\(second.output)")
                    #expect(second.output.contains("process_events 100"), "\(second.output)")

                    try site.configure(listeners + Site.email("email", port: mails.port))
                    try await site.succeed("process_events")
                    try await site.serve()
                    let third = try await site.run("doctor")
                    #expect(third.status == 0, "\(third.output)")
                    #expect(!third.output.contains("FAIL") && !third.output.contains("WARN"), "\(third.output)")

                    _ = try await site.rows("INSERT INTO event_queue (event_name, payload) VALUES ('a.b', 'no JSON')")
                    try await site.succeed("process_events")
                    let fourth = try await site.run("doctor")
                    #expect(fourth.output.contains("WARN  queue: 1 events could not be routed"), "\(fourth.output)")
                    #expect(try await site.succeed("status", "--json").contains(#""unroutable" : 1"#))
                }
                try await Site.with(listeners + Site.email("email", port: mails.port), migrated: false) { site in
                    let text = try String(contentsOfFile: site.configurationPath, encoding: .utf8)
                    try text.replacing(site.database.socketPath, with: "\(site.directory)/none.sock")
                        .write(toFile: site.configurationPath, atomically: true, encoding: .utf8)
                    let lost = try await site.run("doctor")
                    #expect(lost.status == 1)
                    #expect(lost.output.contains("FAIL  database"), "\(lost.output)")
                    #expect(lost.output.contains("none.sock"), "\(lost.output)")
                }
            }
        }

        @Test func `lists, shows, replays and discards dead letters`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook?status=400"))) { site in
                    #expect(try await site.succeed("dlq").contains("No dead letters."))
                    for number in 1...3 {
                        try await site.succeed("dispatch", "a.b", "--payload", #"{"number":\#(number)}"#)
                    }
                    #expect(try await site.succeed("process_events").contains("3 failed for good"))
                    let list = try await site.succeed("dlq", "list")
                    #expect(list.split(separator: "\n").count == 4)
                    #expect(list.contains("rejected"))
                    // Without a key they end in any order.
                    let id = try await site.count(#"SELECT id FROM event_dlq WHERE payload = '{"number":1}'"#)
                    let shown = try await site.succeed("dlq", "show", "\(id)")
                    #expect(shown.contains(#""payload":{"number":1}"#))
                    #expect(shown.contains(#""listener":"hook""#))

                    try sink.answer(["/hook": "status=200"])
                    #expect(try await site.succeed("dlq", "replay", "\(id)").contains("1 put back"))
                    #expect(try await site.succeed("process_events").contains("1 delivered"))
                    #expect(try sink.received().last?.text == #"{"number":1}"#)
                    for verb in ["replay", "discard"] {
                        let again = try await site.run("dlq", verb, "\(id)")
                        #expect(again.status == 1)
                        #expect(again.output.contains("no dead letter \(id)"), "\(again.output)")
                    }
                    #expect(try await site.run("dlq", "list", "--status", "lost").status == 64)
                    #expect(try await site.succeed("dlq", "discard", "--all").contains("2 discarded"))
                    #expect(try await site.succeed("dlq").contains("No dead letters."))
                    #expect(try await site.events("processed") == 1)
                }
            }
        }

        @Test(arguments: [
            ("--max-attempts", "0", "max_attempts must be an integer from 1 to 100."),
            ("--ordering-key", "", "ordering_key must not be empty."),
            ("--tenant", "a\u{1}", "tenant must not contain control characters."),
            ("--payload", #"1,"tenant":"x""#, "The payload is not JSON"),
        ])
        func `is held to the rules of a dispatch`(option: String, value: String, message: String) async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                let refused = try await site.run("dispatch", "a.b", "--payload", "{}", option, value)
                #expect(refused.status == 64)
                #expect(refused.output.contains(message), "\(refused.output)")
                #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 0)
            }
        }

        @Test func `learns that another process has the socket or the port`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                try await site.serve()
                let second = try await site.run("serve")
                #expect(second.status == 1)
                #expect(second.output.contains("another process is serving \(site.socketPath)"), "\(second.output)")

                let text = try String(contentsOfFile: site.configurationPath, encoding: .utf8)
                try text.replacing("recado.sock", with: "other.sock")
                    .write(toFile: site.configurationPath, atomically: true, encoding: .utf8)
                let third = try await site.run("serve")
                #expect(third.status == 1)
                #expect(third.output.contains("127.0.0.1:\(site.httpPort)"), "\(third.output)")
                // The first one is not disturbed.
                try await site.dispatch(#"{"event":"a.b","payload":{}}"#)
            }
        }

        @Test func `finds an event by its id and sees why it waits`() async throws {
            try await WebhookSink.with { sink in
                let hook = Site.everything(to: sink.url("/hook?status=503"))
                try await Site.with(hook, worker: ["retry_delays: [1h]"]) { site in
                    try await site.serve()
                    let accepted = try await site.dispatch(#"{"event":"a.b","payload":{}}"#)
                    try await site.succeed("process_events")
                    for identifier in ["\(accepted.id)", accepted.uuid] {
                        let report = try await site.succeed("event", identifier)
                        #expect(report.contains(#""state":"retrying""#), "\(report)")
                        #expect(report.contains(#""reason":"receiver_error""#), "\(report)")
                    }
                    #expect(try await site.run("event", "4711").status != 0)
                    let status = try await site.succeed("status", "--json")
                    #expect(status.contains(#""retrying" : 1"#), "\(status)")
                    #expect(try await site.succeed("reset_failed").contains("1 events made due"))
                    try sink.answer(["/hook": "status=200"])
                    #expect(try await site.succeed("process_events").contains("1 delivered"))
                }
            }
        }
    }
}

extension Site {
    /// The number of the line of the configuration file that holds `text` as a word.
    fileprivate func line(of text: String) -> Int? {
        let content = (try? String(contentsOfFile: configurationPath, encoding: .utf8)) ?? ""
        return content.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { line in
            line.split { !$0.isLetter && $0 != "_" }.contains { $0 == text }
        }.map { $0 + 1 }
    }
}
