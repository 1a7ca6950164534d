public import CurlClient
public import ListenerKit
import RequestSigning

/// `type: webhook`: an HTTP POST for each delivery, signed as Standard Webhooks has it.
public struct WebhookTransport: Transport {
    public let type = "webhook"
    public let summary = "Posts each event to an address, signed."

    public let settings = [
        Setting("url", .url, isRequired: true, "Where to post to."),
        Setting(
            "format", .choice(BodyFormat.allCases.map(\.rawValue)), default: BodyFormat.raw.rawValue,
            "The body: the payload as it is, or in Evolution API's envelope."),
        Setting(
            "secret", .list, isSecret: true,
            "Signs the request: `whsec_` and the base64 of 24 to 64 bytes. Several, while one is being replaced, all sign."
        ),
        Setting(
            "headers", .map, isSecret: true,
            "Further headers. One that is sent anyway, except a signature, is replaced."),
        Setting(
            "header_prefix", .string, default: "X-",
            "What the headers Event-ID, Event-Type, Instance-ID and Delivery-Attempt begin with."),
        Setting(
            "connect_timeout", .duration(Setting.timeLimits), default: "5s",
            "How long looking up and connecting may take."),
        Setting("verify_tls", .boolean, default: "true", "Whether the receiver's certificate must be valid."),
        Setting(
            "allow_private_addresses", .boolean, default: "false",
            "Whether the receiver may be in a private network or on this host."),
        Setting(
            "sender", .string, default: "Evolution API",
            "The `sender` of the evolution format where the payload names none."),
    ]

    private let client: CurlClient

    public init(client: CurlClient) {
        self.client = client
    }

    public func makeListener(name: String, settings: SettingValues) throws -> any Listener {
        WebhookListener(client: client, configuration: try WebhookConfiguration(settings))
    }
}
