import FoundationEssentials
import TestServers
import Testing

extension EndToEnd {
    @Suite("Delivering") struct DeliveringTests {
        @Test func `four daemons and two cron runs deliver each of 2,000 events exactly once`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.serve()
                    for _ in 0..<4 { _ = try site.start("work") }
                    var accepted: [Site.Accepted] = []
                    for batch in 0..<10 {
                        accepted += try await site.dispatch(
                            (0..<200).map { #"{"event":"a.b","payload":{"number":\#(batch * 200 + $0)}}"# })
                        if batch == 3 || batch == 6 { _ = try site.start("process_events", "300") }
                    }
                    try await site.waitForProcessed(2000, within: .seconds(60))
                    let ids = try sink.received().compactMap { $0.headers["x-event-id"] }
                    #expect(ids.count == 2000)
                    #expect(Set(ids) == Set(accepted.map(\.uuid)))
                }
            }
        }

        @Test func `lines of JSON are dispatched like a list`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.serve()
                    let lines = (0..<100).map { #"{"event":"a.b","payload":\#($0),"ordering_key":"k"}"# }
                    let answer = await Caller.post(
                        "\(site.url)/dispatch", lines.joined(separator: "\n"), type: "application/x-ndjson")
                    #expect(answer?.status == 202)
                    _ = try site.start("work")
                    let requests = try await sink.waitForRequests(count: 100)
                    #expect(requests.map(\.text) == (0..<100).map(String.init))
                }
            }
        }

        @Test func `a receiver that fails for a while is tried again alone`() async throws {
            try await SMTPSink.with { mails in
                try await WebhookSink.with { hooks in
                    let listeners = """
                        event_listeners:
                          appointment.saved: [good, bad, email]
                        listeners:
                        \(Site.webhook("good", hooks.url("/good")))
                        \(Site.webhook("bad", hooks.url("/bad?status=500,503,200")))
                        \(Site.email("email", port: mails.port))
                        """
                    try await Site.with(listeners) { site in
                        try mails.answer(["ana@customer.example": "451 4.2.1 Try later"])
                        try await site.serve()
                        _ = try site.start("work")
                        try await site.dispatch(
                            #"{"event":"appointment.saved","max_attempts":50,"payload":\#(Self.appointment)}"#)
                        let tries = try await hooks.waitForRequests(count: 3, on: "/bad")
                        #expect(tries.map { $0.headers["x-delivery-attempt"] } == ["1", "2", "3"])
                        #expect(Set(tries.map { $0.headers["webhook-id"] }).count == 1)
                        try await site.wait(
                            until: "SELECT COUNT(*) FROM delivery_attempt WHERE listener = 'email' AND attempt = 2",
                            is: 1)
                        try mails.answer([:])
                        try await site.waitForProcessed(1)
                        #expect(try hooks.received(on: "/good").count == 1)
                        #expect(try hooks.received(on: "/bad").count == 3)
                        // Nobody gets a mail twice because somebody else's failed.
                        let recipients = try mails.received().map(\.recipients)
                        #expect(
                            recipients.sorted { $0[0] < $1[0] } == [["ana@customer.example"], ["rui@salon.example"]])
                    }
                }
            }
        }

        @Test func `mails that a mail server away refuses are sent once it is back and nothing else is repeated`()
            async throws
        {
            let port = try Loopback.freePort()
            try await WebhookSink.with { hooks in
                let listeners = """
                    event_listeners:
                      appointment.saved: [email, hook]
                    listeners:
                    \(Site.email("email", port: port))
                    \(Site.webhook("hook", hooks.url("/hook")))
                    """
                try await Site.with(listeners) { site in
                    try await site.serve()
                    _ = try site.start("work")
                    try await site.dispatch(
                        #"{"event":"appointment.saved","max_attempts":100,"payload":\#(Self.appointment)}"#)
                    try await site.wait(
                        until: "SELECT COUNT(*) FROM delivery_attempt WHERE reason = 'refused' AND attempt = 2", is: 1)
                    let waiting = try await site.rows("SELECT status, scheduled_at IS NULL FROM event_queue")
                    #expect(waiting == ["failed\t0"])
                    try await SMTPSink.with(port: port) { mails in
                        #expect(try await mails.waitForMails(count: 2).count == 2)
                        try await site.waitForProcessed(1)
                    }
                    #expect(try hooks.received().count == 1)
                }
            }
        }

        @Test func `500 events of one instance arrive in order at a receiver that fails and dawdles at random`()
            async throws
        {
            try await WebhookSink.with { sink in
                let listener = Site.everything(to: sink.url("/hook?fail=0.2&seed=7&delay=0.002"))
                try await Site.with(listener, worker: ["retry_delays: [1ms, 5ms]", "jitter: 0.5"]) { site in
                    try await site.serve()
                    for _ in 0..<2 { _ = try site.start("work") }
                    for batch in 0..<5 {
                        try await site.dispatch(
                            (0..<100).map {
                                let number = batch * 100 + $0
                                return #"{"event":"a.b","instance":"i1","max_attempts":100,"payload":\#(number)}"#
                            })
                    }
                    try await site.waitForProcessed(500, within: .seconds(60))
                    // Each is repeated until it succeeds, and only then comes the next.
                    let requests = try sink.received()
                    let arrivals = requests.compactMap { Int($0.text) }
                    #expect(arrivals == arrivals.sorted())
                    #expect(Set(arrivals) == Set(0..<500))
                    #expect(arrivals.count > 550)
                    #expect(requests.allSatisfy { $0.inFlight == 1 })
                }
            }
        }

        @Test func `a webhook that hangs delays nobody else`() async throws {
            try await WebhookSink.with { sink in
                let listeners = """
                    event_listeners:
                      "*": [hanging, good]
                    listeners:
                    \(Site.webhook("hanging", sink.url("/hanging?hang=1"), ["timeout: 60s", "max_in_flight: 8"]))
                    \(Site.webhook("good", sink.url("/good")))
                    """
                try await Site.with(listeners, worker: ["shutdown_grace: 0s"]) { site in
                    try await site.serve()
                    _ = try site.start("work")
                    _ = try await sink.waitUntilHanging(site)
                    let start = ContinuousClock.now
                    try await site.dispatch((0..<200).map { #"{"event":"a.b","payload":\#($0)}"# })
                    _ = try await sink.waitForRequests(count: 201, on: "/good")
                    #expect(ContinuousClock.now - start < .seconds(8))
                    // With a key, too: the other listener's lane is another one.
                    try await site.dispatch((0..<50).map { #"{"event":"a.b","instance":"i1","payload":\#($0)}"# })
                    _ = try await sink.waitForRequests(count: 251, on: "/good")
                    #expect(ContinuousClock.now - start < .seconds(12))
                }
            }
        }

        @Test(arguments: ["work", "process_events"])
        func `goes on where the runtime directory cannot be used`(command: String) async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.succeed("dispatch", "a.b", "--payload", "{}")
                    let worker = try site.start(
                        command, environment: ["RECADO_WORKER_RUNTIME_DIRECTORY": "/proc/recado"])
                    try await site.waitForProcessed(1)
                    #expect(site.log(of: worker).contains("no runtime directory"))
                }
            }
        }

        @Test func `does not share a runtime directory with strangers`() async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.succeed("process_events")
                    let run = "\(site.directory)/run"
                    let folder = try #require(try FileManager.default.contentsOfDirectory(atPath: run).first)
                    // Somebody has put a link in the folder's place.
                    try FileManager.default.moveItem(atPath: "\(run)/\(folder)", toPath: "\(run)/elsewhere")
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(run)/\(folder)", withDestinationPath: "\(run)/elsewhere")
                    try await site.succeed("dispatch", "a.b", "--payload", "{}")
                    let output = try await site.succeed("process_events")
                    #expect(output.contains("1 delivered") && output.contains("no runtime directory"), "\(output)")
                }
            }
        }

        /// What a mail needs of an appointment.
        static let appointment = """
            {"appointment":{"start_datetime":"2026-08-20 17:30:00","end_datetime":"2026-08-20 18:00:00","hash":"abc"},\
            "service":{"name":"Corte"},\
            "provider":{"first_name":"Rui","email":"rui@salon.example","timezone":"UTC","language":"english",\
            "settings":{"notifications":true}},\
            "customer":{"first_name":"Ana","email":"ana@customer.example","timezone":"UTC","language":"english"},\
            "settings":{"company_name":"Salon","customer_notifications":"1","date_format":"DMY","time_format":"military"}}
            """
    }
}

extension WebhookSink {
    /// Dispatches an event and waits until a request of it hangs at `/hanging`.
    fileprivate func waitUntilHanging(_ site: Site) async throws -> [ReceivedRequest] {
        try await site.dispatch(#"{"event":"a.b","payload":{}}"#)
        return try await waitForRequests(count: 1, on: "/hanging")
    }
}
