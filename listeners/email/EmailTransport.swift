public import CurlClient
public import ListenerKit

/// `type: email`: tells customer and provider by mail about their appointments.
public struct EmailTransport: Transport {
    public let type = "email"
    public let summary = "Mails customers and providers about saved and deleted appointments."

    public let settings = [
        Setting("host", .string, isRequired: true, "The mail server."),
        Setting("port", .integer(1...65_535), default: "587", "The mail server's port."),
        Setting(
            "security", .choice(MailServer.Security.allCases.map(\.rawValue)), default: "starttls",
            "How the connection is encrypted; with `opportunistic` only where the server offers it."),
        Setting("username", .string, "Whom to log in as. Unset: no login."),
        Setting("password", .string, isSecret: true, "The password to log in with."),
        Setting("from", .string, isRequired: true, "The sender's address."),
        Setting("from_name", .string, "The sender's name. Unset: the payload's company_name."),
        Setting("reply_to", .string, "Where answers go. Unset: the payload's company_email."),
        Setting(
            "templates", .path, "The folder with templates and languages. Unset: the one that comes with Recado."),
        Setting("base_url", .url, "The app's address, for the links to appointments. Unset: no links."),
        Setting(
            "connect_timeout", .duration(Setting.timeLimits), default: "10s",
            "How long looking up and connecting may take."),
        Setting("verify_tls", .boolean, default: "true", "Whether the mail server's certificate must be valid."),
    ]

    private let client: CurlClient
    private let templatesDirectory: String

    /// - Parameter templatesDirectory: where the templates are that `templates` does not name.
    public init(client: CurlClient, templatesDirectory: String) {
        self.client = client
        self.templatesDirectory = templatesDirectory
    }

    /// Reads the templates, so that a broken one is found at start.
    public func makeListener(name: String, settings: SettingValues) throws -> any Listener {
        EmailListener(
            client: client, configuration: try EmailConfiguration(settings),
            templates: try MailTemplates(directory: settings.string("templates") ?? templatesDirectory))
    }
}
