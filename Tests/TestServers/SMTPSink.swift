import FoundationEssentials

/// A mail server that keeps every mail, and refuses what it is told to refuse.
public struct SMTPSink: Sendable {
    /// How a client's connection is encrypted.
    public enum Encryption: Sendable {
        case none
        /// Required before anything else, on a connection that begins plain.
        case startTLS
        /// From the first byte.
        case tls
    }

    private struct Envelope: Decodable {
        let sender: String
        let recipients: [String]
        let isEncrypted: Bool
        let isAuthenticated: Bool
    }

    /// Its port on 127.0.0.1.
    public let port: Int
    /// The authority that signed its certificate, a PEM file; nil without encryption.
    public let certificatePath: String?
    private let directory: String

    /// Starts a sink, runs `body`, and stops it.
    ///
    /// - Parameters:
    ///   - encryption: What clients must use.
    ///   - credentials: Where given, mail is taken after this AUTH only.
    ///   - port: Where it listens; a free port where nil.
    public static func with<Result>(
        encryption: Encryption = .none, credentials: (user: String, password: String)? = nil, port: Int? = nil,
        isolation: isolated (any Actor)? = #isolation, _ body: (SMTPSink) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            var arguments: [String] = []
            if let credentials {
                arguments += ["--user", credentials.user, "--password", credentials.password]
            }
            if let port { arguments += ["--port", "\(port)"] }
            var certificate: Certificate?
            if encryption != .none {
                let made = try await Certificate.make(in: directory)
                arguments += [encryption == .tls ? "--tls" : "--starttls"]
                arguments += ["--certificate", made.path, "--key", made.keyPath]
                certificate = made
            }
            let certificatePath = certificate?.path
            return try await SinkProgram.with(
                script: "smtp_sink.py", directory: directory, arguments: arguments
            ) { port in
                try await body(SMTPSink(port: port, certificatePath: certificatePath, directory: directory))
            }
        }
    }

    /// Says what recipients are answered from now on: `["full@example.org": "452 4.2.2 Mailbox full"]`. `"DATA"` in the place
    /// of an address answers whole mails. It replaces what was said before.
    public func answer(_ answers: [String: String]) throws {
        try SinkProgram.control(answers, in: directory)
    }

    /// Every mail accepted so far, in order.
    public func received() throws -> [ReceivedMail] {
        let mails = "\(directory)/mails"
        let names = try FileManager.default.contentsOfDirectory(atPath: mails).filter { $0.hasSuffix(".json") }.sorted()
        return try names.map { name in
            let base = "\(mails)/\(name.dropLast(5))"
            let envelope = try JSONDecoder().decode(
                Envelope.self, from: FileManager.default.contents(atPath: "\(base).json") ?? Data())
            return ReceivedMail(
                sender: envelope.sender, recipients: envelope.recipients, isEncrypted: envelope.isEncrypted,
                isAuthenticated: envelope.isAuthenticated,
                content: FileManager.default.contents(atPath: "\(base).eml") ?? Data())
        }
    }

    /// Waits until at least `count` mails have come, and returns all.
    ///
    /// - Throws: ``ServerError`` where they do not come within `limit`.
    public func waitForMails(count: Int, within limit: Duration = .seconds(20)) async throws -> [ReceivedMail] {
        var mails: [ReceivedMail] = []
        try await waitUntil("\(count) mails have come", within: limit) {
            mails = try received()
            return mails.count >= count
        }
        return mails
    }
}
