import CurlClient
import EmailListener
import EventModel
import FoundationEssentials
import ListenerKit
import LoopbackServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct EmailTests {
    @Test func `a booking is mailed to customer and provider, each on their own clock and in their own language`()
        async throws
    {
        let sink = MailSink()
        defer { sink.stop() }
        let outcome = try await deliver("appointment.saved", payload(), to: sink)
        #expect(outcome == .delivered(detail: "2 mails"))
        let mails = sink.received.all
        #expect(mails.map(\.to) == ["RCPT TO:<ana@client.example>", "RCPT TO:<rui@shop.example>"])
        let customer = readable(mails[0])
        #expect(customer.contains("Subject: =?UTF-8?B?" + base64("O seu horário foi reservado com suc")))
        #expect(customer.contains("Início: 20/08/2026 13:30"))
        #expect(customer.contains("Fuso horário: Sao_Paulo (-3:00)"))
        #expect(customer.contains("https://shop.example/app/index.php/booking/reschedule/abc123DEF456"))
        #expect(customer.contains("background:#112233"))
        #expect(customer.contains("Corte &lt;b&gt;&amp; barba"))
        #expect(customer.contains("Serviço: Corte <b>& barba"))
        #expect(customer.contains("invitation.ics"))
        let provider = readable(mails[1])
        #expect(provider.contains("Subject: A new appointment has been added to your plan."))
        #expect(provider.contains("Start: 20/08/2026 17:30"))
        #expect(provider.contains("Timezone: Lisbon (+1:00)"))
        #expect(provider.contains("https://shop.example/app/index.php/calendar/reschedule/abc123DEF456"))
        #expect(provider.contains("Message-ID:\n <0191d0c4-0000-7000-8000-000000000001-mail.provider@shop.example>"))
    }

    @Test func `an update says that details have changed`() async throws {
        for (name, extra) in [("appointment.updated", ""), ("APPOINTMENT_SAVED", #","manage_mode":true"#)] {
            let sink = MailSink()
            defer { sink.stop() }
            #expect(try await deliver(name, payload(extra: extra), to: sink) == .delivered(detail: "2 mails"))
            #expect(readable(sink.received.all[1]).contains("Subject: Appointment details have changed\n"))
        }
    }

    @Test func `a deletion goes to the provider first, with its reason and without link or invitation`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        let extra = #","cancellation_reason":"Feeling <ill>""#
        #expect(
            try await deliver("appointment.deleted", payload(extra: extra), to: sink) == .delivered(detail: "2 mails"))
        #expect(sink.received.all.map(\.to) == ["RCPT TO:<rui@shop.example>", "RCPT TO:<ana@client.example>"])
        let provider = readable(sink.received.all[0])
        #expect(provider.contains("Subject: Appointment Cancelled\n"))
        #expect(provider.contains("Feeling &lt;ill&gt;"))
        #expect(!provider.contains("reschedule"))
        #expect(!provider.contains("invitation.ics"))
    }

    @Test(arguments: [
        ("1", "true", 2), ("1", "false", 1), ("0", "true", 1), ("0", "false", 0), ("1", "1", 2), ("1", "null", 1),
        ("1", #""0""#, 1),
    ])
    func `who wants no mail gets none`(_ customer: String, _ provider: String, _ count: Int) async throws {
        let sink = MailSink()
        defer { sink.stop() }
        let text = payload(customerNotifications: customer, providerNotifications: provider)
        let outcome = try await deliver("appointment.saved", text, to: sink)
        #expect(outcome == .delivered(detail: count == 1 ? "1 mail" : "\(count) mails"))
        #expect(sink.received.all.count == count)
    }

    @Test(arguments: [
        ("DMY", "military", "20/08/2026 17:30"), ("MDY", "regular", "08/20/2026 5:30 pm"),
        ("YMD", "military", "2026/08/20 17:30"),
    ])
    func `dates look as the company has them`(_ date: String, _ time: String, _ shown: String) async throws {
        let sink = MailSink()
        defer { sink.stop() }
        _ = try await deliver("appointment.saved", payload(dateFormat: date, timeFormat: time), to: sink)
        #expect(readable(sink.received.all[1]).contains("Start: \(shown)\n"))
    }

    @Test func `a colour that is not one does not get into the style`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        _ = try await deliver("appointment.saved", payload(color: #"red;\"><script>"#), to: sink)
        let mail = readable(sink.received.all[0])
        #expect(mail.contains("background:#429a82"))
        #expect(!mail.contains("<script>"))
    }

    @Test func `no text becomes a tag, whatever combines with its signs`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        var payload = payload().replacing(
            #""notes":"""#, with: #""notes":"\u0600<a href=\u0600\"//x\u0600\"\u0600>a<\u0301b>""#)
        payload = payload.replacing("https://shop.example", with: #"https://x/\"\u0301 style=\""#)
        payload = payload.replacing("Barbearia", with: #"Barb\u06dd<i>"#)
        _ = try await deliver("appointment.saved", payload, to: sink)
        let mail = readable(sink.received.all[1])
        let html = try #require(mail.split(separator: "<!DOCTYPE html>").last)
        #expect(html.contains("\u{600}&lt;a href=\u{600}&quot;//x\u{600}&quot;\u{600}&gt;a&lt;\u{301}b&gt;"))
        #expect(html.contains("https://x/&quot;\u{301} style=&quot;"))
        #expect(html.contains("Barb\u{6DD}&lt;i&gt;"))
    }

    @Test(arguments: ["appointment", "service", "provider", "customer", "settings"])
    func `what the payload lacks is named`(_ key: String) async throws {
        let sink = MailSink()
        defer { sink.stop() }
        let text = payload().replacing(#""\#(key)":{"#, with: #""x":{"#)
        let outcome = try await deliver("appointment.saved", text, to: sink)
        #expect(outcome == .permanent(Failure(.invalidPayload, "the payload has no \(key)")))
        #expect(sink.received.all.isEmpty)
    }

    @Test func `an event without template is a dead letter`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        let outcome = try await deliver("invoice.paid", "{}", to: sink)
        #expect(outcome == .permanent(Failure(.misconfigured, "there is no mail template for this event")))
    }

    @Test(arguments: [
        ("MAIL", "451 later", "retryable receiver_error"), ("RCPT", "550 nobody", "permanent rejected"),
        (".", "452 full", "retryable receiver_error"), (".", "552 too much", "permanent rejected"),
    ])
    func `4xx may pass and 5xx will not`(_ command: String, _ reply: String, _ expected: String) async throws {
        let sink = MailSink(refusals: [command: reply])
        defer { sink.stop() }
        #expect(label(try await deliver("appointment.saved", payload(), to: sink)) == expected)
    }

    @Test(arguments: ["2026-01-01 00:00:2147483647", "9223372036854775807-01-01 00:00:00", "0-01-01 00:00:00"])
    func `a time that is none is refused`(start: String) async throws {
        let sink = MailSink()
        defer { sink.stop() }
        let text = payload().replacing("2026-08-20 17:30:00", with: start)
        let expected = Failure(.invalidPayload, "the payload's appointment has no readable start or end")
        #expect(try await deliver("appointment.saved", text, to: sink) == .permanent(expected))
    }

    @Test func `a refused login may pass`() async throws {
        let sink = MailSink(login: "nothing")
        defer { sink.stop() }
        let settings: [String: SettingValues.Value] = ["username": .string("a"), "password": .string("b")]
        #expect(label(try await deliver("appointment.saved", payload(), to: sink, settings)) == "retryable auth")
    }

    @Test(arguments: [("rui", "customer ana@client.example"), ("ana", "provider rui@shop.example")])
    func `another attempt mails only whom those before it did not reach`(refused: String, reached: String) async throws
    {
        let sink = MailSink(refusals: ["RCPT TO:<\(refused)@": "450 later"])
        defer { sink.stop() }
        try await withClient { client in
            var done: Set<String> = []
            for attempt in 1...3 {
                let listener = try #require(try makeListener(client, sink) as? any PartwiseListener)
                let event = makeEvent(name: "appointment.saved", payload: payload())
                let parts = DeliveryParts(of: event, done: done)
                let outcome = await listener.deliver(
                    Delivery(event: event, listener: "mail", attempt: attempt, maxAttempts: 3, timeout: .seconds(10)),
                    parts: parts)
                #expect(label(outcome) == "retryable receiver_error")
                let expected = DeliveryParts(of: event)
                if attempt == 1 { expected.note(reached) }
                #expect(parts.new == expected.new)
                done.formUnion(parts.new)
            }
        }
        #expect(sink.received.all.count == 1)
    }

    @Test func `whoever has another address since is mailed`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        try await withClient { client in
            let listener = try #require(try makeListener(client, sink) as? any PartwiseListener)
            let event = makeEvent(name: "appointment.saved", payload: payload())
            let before = DeliveryParts(of: event)
            for part in ["customer anna@client.example", "provider rui@shop.example"] { before.note(part) }
            let outcome = await listener.deliver(
                Delivery(event: event, listener: "mail", attempt: 2, maxAttempts: 3, timeout: .seconds(10)),
                parts: DeliveryParts(of: event, done: Set(before.new)))
            #expect(outcome == .delivered(detail: "2 mails"))
        }
        #expect(sink.received.all.map(\.to) == ["RCPT TO:<ana@client.example>"])
    }

    @Test(arguments: [0, 1, 2])
    func `a mail is begun as long as the delivery is ours, however long ago it began`(mails: Int) async throws {
        let sink = MailSink()
        defer { sink.stop() }
        try await withClient { client in
            let delivery = Delivery(
                event: makeEvent(name: "appointment.saved", payload: payload()), listener: "mail", attempt: 1,
                maxAttempts: 3, timeout: .seconds(10), notAfter: .now, isOurs: { sink.received.all.count < mails })
            let outcome = try await makeListener(client, sink).deliver(delivery)
            #expect(outcome == (mails < 2 ? .putBack : .delivered(detail: "2 mails")))
        }
        #expect(sink.received.all.count == mails)
    }

    @Test func `a probe logs in and mails nobody`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        try await withClient { client in
            let listener = try #require(try makeListener(client, sink) as? any ProbingListener)
            #expect(await listener.probe() == nil)
            sink.stop()
            #expect(await listener.probe() != nil)
        }
        #expect(sink.received.all.isEmpty)
    }

    @Test func `templates that are not there are found at start`() async throws {
        try await withClient { client in
            let sink = MailSink()
            defer { sink.stop() }
            #expect(throws: SettingError.self) {
                try makeListener(client, sink, ["templates": .string("/nowhere")])
            }
        }
    }

    private func makeListener(
        _ client: CurlClient, _ sink: MailSink, _ settings: [String: SettingValues.Value] = [:]
    ) throws -> any Listener {
        let values: [String: SettingValues.Value] = [
            "host": .string("127.0.0.1"), "port": .integer(sink.port), "security": .string("none"),
            "from": .string("no-reply@shop.example"), "base_url": .string("https://shop.example/app/"),
        ]
        let folder = #filePath.replacing("Tests/ListenerTests/EmailTests.swift", with: "config/templates")
        return try EmailTransport(client: client, templatesDirectory: folder)
            .makeListener(name: "mail", settings: SettingValues(values.merging(settings) { $1 }))
    }

    private func deliver(
        _ name: String, _ payload: String, to sink: MailSink, _ settings: [String: SettingValues.Value] = [:]
    ) async throws -> Outcome {
        try await withClient { client in
            try await makeListener(client, sink, settings).deliver(
                Delivery(
                    event: makeEvent(name: name, payload: payload), listener: "mail", attempt: 1, maxAttempts: 3,
                    timeout: .seconds(10)))
        }
    }

    private func label(_ outcome: Outcome) -> String {
        switch outcome {
        case .retryable(let failure, _): "retryable \(failure.reason)"
        case .permanent(let failure): "permanent \(failure.reason)"
        default: "\(outcome)"
        }
    }

    private func base64(_ text: String) -> String { String(Data(text.utf8).base64EncodedString().prefix(20)) }

    /// The mail with its quoted-printable undone.
    private func readable(_ mail: MailSink.Received) -> String {
        let text = mail.lines.joined(separator: "\n").replacing("=\n", with: "")
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "="), let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func payload(
        customerNotifications: String = "1", providerNotifications: String = "true", dateFormat: String = "DMY",
        timeFormat: String = "military", color: String = "#112233", extra: String = ""
    ) -> String {
        #"{"event":"appointment.saved","#
            + #""appointment":{"id":7,"start_datetime":"2026-08-20 17:30:00","end_datetime":"2026-08-20 18:00:00","#
            + #""hash":"abc123DEF456","notes":"","status":"Booked"},"#
            + #""service":{"id":1,"name":"Corte <b>& barba","price":35.5},"#
            + #""provider":{"first_name":"Rui","last_name":"Costa","email":"rui@shop.example","#
            + #""timezone":"Europe/Lisbon","language":"english","settings":{"notifications":\#(providerNotifications)}},"#
            + #""customer":{"first_name":"Ana","last_name":"Conceição","email":"ana@client.example","#
            + #""timezone":"America/Sao_Paulo","language":"portuguese-br"},"#
            + #""settings":{"company_name":"Barbearia","company_link":"https://shop.example","#
            + #""company_email":"info@shop.example","company_color":"\#(color)","date_format":"\#(dateFormat)","#
            + #""time_format":"\#(timeFormat)","customer_notifications":"\#(customerNotifications)"},"#
            + #""ics_stream":"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"\#(extra)}"#
    }
}
