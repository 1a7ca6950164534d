import TestServers
import Testing

@Suite("A mail sink", .timeLimit(.minutes(1)))
struct SMTPSinkTests {
    private let mail = "Subject: Hello\r\n\r\nIt works.\r\n"

    @Test("keeps a mail and its envelope")
    func keepsMails() async throws {
        try await SMTPSink.with { sink in
            _ = try await curl(
                "smtp://127.0.0.1:\(sink.port)", "--mail-from", "a@example.org", "--mail-rcpt", "b@example.org",
                "--mail-rcpt", "c@example.org", "--upload-file", "-", input: mail)
            let received = try #require(try await sink.waitForMails(count: 1).first)
            #expect(received.sender == "a@example.org")
            #expect(received.recipients == ["b@example.org", "c@example.org"])
            #expect(received.text == mail)
            #expect(!received.isEncrypted && !received.isAuthenticated)
        }
    }

    @Test("refuses the recipients it is told to refuse")
    func refusesRecipients() async throws {
        try await SMTPSink.with { sink in
            try sink.answer(["full@example.org": "452 4.2.2 Mailbox full"])
            let attempt = try await FinishedProgram.run(
                "curl",
                [
                    "--silent", "--verbose", "smtp://127.0.0.1:\(sink.port)", "--mail-from", "a@example.org",
                    "--mail-rcpt", "full@example.org", "--upload-file", "-",
                ], input: mail)
            #expect(attempt.status == 55)
            #expect(attempt.output.contains("452 4.2.2 Mailbox full"))
            #expect(try sink.received().isEmpty)
        }
    }

    @Test("asks for encryption and a password", arguments: [SMTPSink.Encryption.startTLS, .tls])
    func asksForEncryption(encryption: SMTPSink.Encryption) async throws {
        try await SMTPSink.with(encryption: encryption, credentials: (user: "shop", password: "secret")) { sink in
            let certificate = try #require(sink.certificatePath)
            let url = "\(encryption == .tls ? "smtps" : "smtp")://127.0.0.1:\(sink.port)"
            for password in ["wrong", "secret"] {
                let attempt = try await FinishedProgram.run(
                    "curl",
                    [
                        "--silent", "--ssl-reqd", "--cacert", certificate, "--user", "shop:\(password)", url,
                        "--mail-from", "a@example.org", "--mail-rcpt", "b@example.org", "--upload-file", "-",
                    ], input: mail)
                // 67: the server denied the login.
                #expect(attempt.status == (password == "secret" ? 0 : 67))
            }
            let received = try sink.received()
            #expect(received.count == 1)
            #expect(received.allSatisfy { $0.isEncrypted && $0.isAuthenticated })
        }
    }
}
