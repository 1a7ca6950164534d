import ListenerKit

/// A transport that is only described.
struct FakeTransport: Transport {
    struct Unavailable: Error {}

    let type: String
    let settings: [Setting]

    var summary: String { "A transport of type \(type) for tests." }

    func makeListener(name: String, settings: SettingValues) throws -> any Listener { throw Unavailable() }

    static let email = FakeTransport(
        type: "email",
        settings: [
            Setting("host", .string, isRequired: true, "The mail server."),
            Setting("port", .integer(1...65_535), default: "25", "Its port."),
            Setting("security", .choice(["none", "starttls", "tls"]), default: "none", "How it is encrypted."),
            Setting("username", .string, "Whom to log in as."),
            Setting("password", .string, isSecret: true, "The password."),
            Setting("from", .string, isRequired: true, "The sender."),
            Setting("from_name", .string, "The sender's name."),
            Setting("reply_to", .string, "Where answers go."),
            Setting("templates", .path, "The folder of templates."),
            Setting("base_url", .url, "Where links lead to."),
            Setting("verify_tls", .boolean, default: "true", "Whether the certificate is checked."),
        ])

    static let webhook = FakeTransport(
        type: "webhook",
        settings: [
            Setting("url", .url, isRequired: true, "The address."),
            Setting("format", .choice(["raw", "evolution"]), default: "raw", "The body."),
            Setting("secret", .list, isSecret: true, "What signs."),
            Setting("headers", .map, "Headers of your own."),
            Setting("tokens", .map, isSecret: true, "What opens which door."),
            Setting("header_prefix", .string, default: "X-", "In front of our headers."),
            Setting("connect_timeout", .duration(Setting.timeLimits), default: "5s", "How long connecting may take."),
            Setting("verify_tls", .boolean, default: "true", "Whether the certificate is checked."),
            Setting("allow_private_addresses", .boolean, default: "false", "Whether it may lead inside."),
            Setting("sender", .string, "The sender."),
        ])

    static let exec = FakeTransport(
        type: "exec",
        settings: [
            Setting("command", .list, isRequired: true, "The program and its arguments."),
            Setting("directory", .path, "Where it runs."),
            Setting("environment", .map, "Its variables."),
        ])

    static let all: [any Transport] = [email, webhook, exec]
}
