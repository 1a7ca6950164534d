import RequestSigning
import Testing

@Suite struct StandardWebhooksTests {
    /// The vector that the official libraries' own tests share.
    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let timestamp = 1_614_265_330
    private let body = Array(#"{"test": 2432232314}"#.utf8)

    @Test func `the published vector comes out`() throws {
        let signature = StandardWebhooks.signature(
            id: id, timestamp: timestamp, body: body, secret: try SigningSecret(secret))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(signature != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=")
    }

    @Test func `each of several secrets signs, separated by spaces`() throws {
        let old = try SigningSecret(secret)
        let new = try SigningSecret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        let both = StandardWebhooks.signature(id: id, timestamp: timestamp, body: body, secrets: [new, old])
        let parts = both.split(separator: " ")
        #expect(parts.count == 2)
        #expect(parts[1] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(parts[0] != parts[1])
    }

    @Test(arguments: [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin with whsec_"),
        ("whsec_!!!", "is not base64 after whsec_"),
        ("whsec_", "has 0 bytes instead of 24 to 64"),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", "has 23 bytes instead of 24 to 64"),
        ("whsec_" + String(repeating: "A", count: 88), "has 66 bytes instead of 24 to 64"),
    ])
    func `a malformed secret is refused and not shown`(_ text: String, _ message: String) {
        #expect {
            try SigningSecret(text)
        } throws: { error in
            "\(error)" == message
        }
    }
}
