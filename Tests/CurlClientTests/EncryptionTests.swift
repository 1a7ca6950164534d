import CurlClient
import TestServers
import Testing

/// Over TLS, to servers whose certificate is signed by an authority of the test's own.
@Suite(.timeLimit(.minutes(1))) struct EncryptionTests {
    @Test(arguments: [
        (SMTPSink.Encryption.startTLS, MailServer.Security.startTLS), (.startTLS, .opportunistic), (.tls, .tls),
    ])
    func `mail is handed in encrypted and logged in`(
        _ encryption: SMTPSink.Encryption, _ security: MailServer.Security
    ) async throws {
        try await SMTPSink.with(encryption: encryption, credentials: ("recado", "s3cret")) { sink in
            try await withClient(.init(certificateAuthorities: sink.certificatePath)) { client in
                for _ in 0..<2 {
                    try await client.send(try mail(), through: server(sink, security), timeout: limit).get()
                }
            }
            let mails = try await sink.waitForMails(count: 2)
            #expect(mails.allSatisfy { $0.isEncrypted && $0.isAuthenticated })
            #expect(mails.allSatisfy { $0.recipients == ["ana@client.example"] && $0.sender == "shop@shop.example" })
        }
    }

    @Test func `a wrong password is an error that says so`() async throws {
        try await SMTPSink.with(encryption: .startTLS, credentials: ("recado", "s3cret")) { sink in
            try await withClient(.init(certificateAuthorities: sink.certificatePath)) { client in
                let wrong = server(sink, .startTLS, password: "guess")
                let mail = try mail()
                #expect(await client.send(mail, through: wrong, timeout: limit).failure?.code == .auth)
                #expect(await client.check(wrong, timeout: limit).failure?.code == .auth)
                try await client.check(server(sink, .startTLS), timeout: limit).get()
            }
        }
    }

    @Test(arguments: [(SMTPSink.Encryption.startTLS, MailServer.Security.startTLS), (.tls, .tls)])
    func `a mail server whose certificate nobody vouches for is refused unless told otherwise`(
        _ encryption: SMTPSink.Encryption, _ security: MailServer.Security
    ) async throws {
        try await SMTPSink.with(encryption: encryption) { sink in
            try await withClient() { client in
                var server = server(sink, security, user: nil)
                let mail = try mail()
                #expect(await client.send(mail, through: server, timeout: limit).failure?.code == .tls)
                server.verifiesTLS = false
                try await client.send(mail, through: server, timeout: limit).get()
            }
            let mails = try await sink.waitForMails(count: 1)
            #expect(mails.count == 1)
        }
    }

    @Test func `a webhook goes over TLS where the certificate is vouched for and names the host`() async throws {
        try await WebhookSink.with(tls: true) { sink in
            try await withClient(.init(certificateAuthorities: sink.certificatePath)) { client in
                #expect(await client.perform(request(sink.url("/hook"))).success?.status == 200)
                // 127.0.0.2 is the same server, but not a name in its certificate.
                let other = "https://127.0.0.2:\(sink.port)/hook"
                #expect(await client.perform(request(other)).failure?.code != nil)
            }
            try await withClient() { client in
                #expect(await client.perform(request(sink.url("/hook"))).failure?.code == .tls)
                let unchecked = await client.perform(request(sink.url("/hook"), verifiesTLS: false))
                #expect(unchecked.success?.status == 200)
            }
            let received = try sink.received(on: "/hook")
            #expect(received.count == 2)
        }
    }

    private let limit = Duration.seconds(10)

    private func request(_ url: String, verifiesTLS: Bool = true) -> HTTPRequest {
        HTTPRequest(
            url: url, body: Array("{}".utf8), timeout: limit, verifiesTLS: verifiesTLS, allowsPrivateAddresses: true)
    }

    private func server(
        _ sink: SMTPSink, _ security: MailServer.Security, user: String? = "recado", password: String = "s3cret"
    ) -> MailServer {
        MailServer(
            host: "127.0.0.1", port: sink.port, security: security, username: user,
            password: user.map { _ in password })
    }

    private func mail() throws -> Mail {
        Mail(
            from: try #require(Mailbox(address: "shop@shop.example", name: "")),
            to: try #require(Mailbox(address: "ana@client.example", name: "")), subject: "Hello", text: "Hello",
            messageID: "1@shop.example")
    }
}

extension Result {
    fileprivate var success: Success? { try? get() }

    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
