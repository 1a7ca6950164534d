import CurlClient
import FoundationEssentials
import LoopbackServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct MailTests {
    private let long = String(repeating: "Horário confirmado às 15h30 — ", count: 12)

    @Test func `a mail arrives with its header, both texts and its attachment`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        var mail = try makeMail()
        mail.attachments = [
            Mail.Attachment(name: "invitation.ics", type: "text/calendar", content: Array("BEGIN:VCALENDAR\r\n".utf8))
        ]
        let outcome = await send(mail, to: sink)
        #expect(outcome.error == nil)
        let received = try #require(sink.received.all.first)
        #expect(received.from.hasPrefix("MAIL FROM:<shop@shop.example>"))
        #expect(received.to == "RCPT TO:<ana@client.example>")
        let text = received.lines.joined(separator: "\n")
        #expect(text.contains("Date: Thu, 20 Aug 2026 10:00:00 +0000\n"))
        #expect(text.contains("From: \"The \\\"Shop\\\"\"\n <shop@shop.example>\n"))
        #expect(text.contains("To: =?UTF-8?B?"))
        #expect(text.contains("Message-ID:\n <0191-crm@shop.example>\n"))
        #expect(text.contains("Content-Type: multipart/mixed"))
        #expect(text.contains("Content-Type: multipart/alternative"))
        #expect(text.contains("Content-Type: text/plain; charset=utf-8"))
        #expect(text.contains("Content-Type: text/html; charset=utf-8"))
        #expect(text.contains("filename=\"invitation.ics\""))
        #expect(text.contains("QkVHSU46VkNBTEVOREFSDQo="))
        #expect(text.contains("=C3=A0s"))
    }

    @Test func `no line and no encoded word is longer than the standards allow`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        var mail = try makeMail()
        mail.subject = long + "日本語のとても長い件名" + String(repeating: "👩‍👩‍👧", count: 30)
        mail.text = String(repeating: "ä", count: 5000) + "\n.\n..dots\n" + String(repeating: "x ", count: 900)
        let outcome = await send(mail, to: sink)
        #expect(outcome.error == nil)
        let lines = try #require(sink.received.all.first).lines
        // The limit is RFC 2047's for encoded words and RFC 2045's for quoted-printable; the boundary is neither.
        for line in lines where !line.contains("boundary=") { #expect(line.utf8.count <= 76, "\(line)") }
        for line in lines {
            for word in line.split(separator: " ") where word.hasPrefix("=?") {
                #expect(word.utf8.count <= 75)
                #expect(decoded(word) != nil, "a character was cut in two: \(word)")
            }
        }
        #expect(decodedSubject(lines) == mail.subject)
    }

    @Test func `nothing gets out of a header field`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        var mail = try makeMail()
        mail.subject = "Hello\r\nBcc: evil@evil.example\r\n\r\nbody"
        mail.messageID = "a\r\nX-Evil: 1@b"
        mail.from = try #require(Mailbox(address: "a@b.example", name: "A\nX-Evil: 1"))
        let outcome = await send(mail, to: sink)
        #expect(outcome.error == nil)
        let lines = try #require(sink.received.all.first).lines
        #expect(!lines.contains { $0.hasPrefix("Bcc") || $0.hasPrefix("X-Evil") })
    }

    @Test(arguments: [
        "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "a@b>", "ä@b.example", "\"a\"@b",
        "a@[127.0.0.1]", String(repeating: "a", count: 250) + "@b.example",
    ])
    func `an address that could be more than one is refused`(_ address: String) {
        #expect(Mailbox(address: address) == nil)
    }

    @Test(arguments: [
        ("MAIL", "451 later", TransferError.Code.rejected, 451), ("RCPT", "550 nobody", .rejected, 550),
        ("RCPT", "450 greylisted", .rejected, 450), ("DATA", "554 no", .rejected, 554),
        (".", "552 too much", .rejected, 552),
        (".", "452 full", .rejected, 452),
    ])
    func `a refusal carries the reply code`(
        _ command: String, _ reply: String, _ code: TransferError.Code, _ replyCode: Int
    ) async throws {
        let sink = MailSink(refusals: [command: reply])
        defer { sink.stop() }
        let error = await send(try makeMail(), to: sink).error
        #expect(error?.code == code)
        #expect(error?.replyCode == replyCode)
    }

    @Test func `a login is asked for and told from a wrong one`() async throws {
        let sink = MailSink(login: Data("\0ana\0right".utf8).base64EncodedString())
        defer { sink.stop() }
        try await withClient { client in
            var server = MailServer(
                host: "127.0.0.1", port: sink.port, security: .none, username: "ana", password: "right")
            let welcome = await client.check(server, timeout: .seconds(5)).error
            #expect(welcome == nil)
            server.password = "wrong"
            let error = await client.check(server, timeout: .seconds(5)).error
            #expect(error?.code == .auth)
            #expect(error?.replyCode == 535)
        }
    }

    @Test func `STARTTLS that is not offered is an error`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        try await withClient { client in
            let server = MailServer(host: "127.0.0.1", port: sink.port, security: .startTLS)
            let error = await client.send(try makeMail(), through: server, timeout: .seconds(5)).error
            #expect(error?.code == .tls)
        }
        #expect(sink.received.all.isEmpty)
    }

    @Test func `the connection is kept for the next mail`() async throws {
        let sink = MailSink()
        defer { sink.stop() }
        try await withClient { client in
            let server = MailServer(host: "127.0.0.1", port: sink.port, security: .none)
            for _ in 0..<5 {
                let error = await client.send(try makeMail(), through: server, timeout: .seconds(5)).error
                #expect(error == nil)
            }
        }
        #expect(sink.received.all.count == 5)
        #expect(sink.connections == 1)
    }

    @Test func `a server that says nothing is a timeout, one that is not there refused`() async throws {
        let silent = LoopbackServer { $0.waitForEnd() }
        defer { silent.stop() }
        let gone = ClosedPort()
        try await withClient { client in
            let mail = try makeMail()
            var server = MailServer(host: "127.0.0.1", port: silent.port, security: .none)
            let late = await client.send(mail, through: server, timeout: .milliseconds(300)).error
            #expect(late?.code == .timeout)
            server.port = gone.port
            let refused = await client.send(mail, through: server, timeout: .seconds(5)).error
            #expect(refused?.code == .refused)
        }
    }

    private func makeMail() throws -> Mail {
        Mail(
            from: try #require(Mailbox(address: "shop@shop.example", name: "The \"Shop\"")),
            to: try #require(Mailbox(address: "ana@client.example", name: "Ana Conceição")),
            replyTo: Mailbox(address: "reply@shop.example"),
            subject: "Your appointment", text: "Até às 15h.\nBye", html: "<p>Até às 15h.</p>",
            messageID: "0191-crm@shop.example", date: Date(timeIntervalSince1970: 1_787_220_000))
    }

    private func send(_ mail: Mail, to sink: MailSink) async -> Result<Void, TransferError> {
        let client = makeClient()
        let server = MailServer(host: "127.0.0.1", port: sink.port, security: .none)
        let result = await client.send(mail, through: server, timeout: .seconds(10))
        await client.shutdown()
        return result
    }

    private func decodedSubject(_ lines: [String]) -> String {
        let start = lines.firstIndex { $0.hasPrefix("Subject: ") } ?? 0
        let rest = lines[(start + 1)...].prefix { $0.hasPrefix(" ") }
        let words = [lines[start].dropFirst("Subject: ".count)] + rest.map { $0.dropFirst() }
        return words.compactMap { decoded($0) }.joined()
    }

    private func decoded(_ word: Substring) -> String? {
        guard word.hasPrefix("=?UTF-8?B?"), word.hasSuffix("?=") else { return nil }
        return Data(base64Encoded: String(word.dropFirst(10).dropLast(2))).flatMap { String(data: $0, encoding: .utf8) }
    }
}
