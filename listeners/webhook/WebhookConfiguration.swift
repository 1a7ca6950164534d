import ListenerKit
import RequestSigning

/// The settings of one webhook, checked.
struct WebhookConfiguration: Sendable {
    let url: String
    let format: BodyFormat
    let secrets: [SigningSecret]
    /// What every request carries, in this order.
    let fixedHeaders: [(name: String, value: String)]
    let headerPrefix: String
    let connectTimeout: Duration
    let verifiesTLS: Bool
    let allowsPrivateAddresses: Bool
    let sender: String

    init(_ settings: SettingValues) throws {
        guard let url = settings.string("url") else { throw SettingError("url", "is missing") }
        self.url = url
        format = settings.string("format").flatMap(BodyFormat.init) ?? .raw
        secrets = try settings.list("secret").map { text in
            do throws(SigningSecret.Malformed) {
                return try SigningSecret(text)
            } catch {
                throw SettingError("secret", error.description)
            }
        }
        headerPrefix = settings.string("header_prefix") ?? "X-"
        guard headerPrefix.utf8.allSatisfy(HeaderText.isToken) else {
            throw SettingError("header_prefix", "holds characters that a header's name cannot have")
        }
        fixedHeaders = try Self.headers(settings.map("headers"))
        connectTimeout = settings.duration("connect_timeout") ?? .seconds(5)
        verifiesTLS = settings.boolean("verify_tls") ?? true
        allowsPrivateAddresses = settings.boolean("allow_private_addresses") ?? false
        sender = settings.string("sender") ?? "Evolution API"
    }

    private static func headers(_ own: [String: String]) throws -> [(name: String, value: String)] {
        for (name, value) in own {
            guard !name.isEmpty, name.utf8.allSatisfy(HeaderText.isToken) else {
                throw SettingError("headers", "a name is not one that a header can have")
            }
            guard value == HeaderText.encoded(value) else {
                throw SettingError("headers", "the value of \(name) holds characters other than printable ASCII")
            }
            guard !["webhook-id", "webhook-timestamp", "webhook-signature"].contains(name.lowercased()) else {
                throw SettingError("headers", "\(name) belongs to the signature")
            }
        }
        let isTyped = own.keys.contains { $0.lowercased() == "content-type" }
        let standard = isTyped ? [] : [(name: "Content-Type", value: "application/json")]
        return standard + own.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}
