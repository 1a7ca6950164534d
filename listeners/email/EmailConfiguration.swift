import CurlClient
import ListenerKit

/// The settings of one email listener, checked.
struct EmailConfiguration: Sendable {
    let server: MailServer
    let from: Mailbox
    let fromName: String?
    let replyTo: Mailbox?
    /// Without a slash at the end.
    let baseURL: String?

    init(_ settings: SettingValues) throws {
        guard let host = settings.string("host") else { throw SettingError("host", "is missing") }
        guard let from = settings.string("from").flatMap({ Mailbox(address: $0) }) else {
            throw SettingError("from", "is not a mail address")
        }
        self.from = from
        fromName = settings.string("from_name")
        replyTo = try settings.string("reply_to").map { text in
            guard let mailbox = Mailbox(address: text) else { throw SettingError("reply_to", "is not a mail address") }
            return mailbox
        }
        baseURL = settings.string("base_url").map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let username = settings.string("username")
        guard username == nil || settings.string("password") != nil else {
            throw SettingError("password", "is missing, and there is a username")
        }
        server = MailServer(
            host: host,
            port: settings.integer("port") ?? 587,
            security: settings.string("security").flatMap(MailServer.Security.init) ?? .startTLS,
            username: username,
            password: settings.string("password"),
            verifiesTLS: settings.boolean("verify_tls") ?? true,
            connectTimeout: settings.duration("connect_timeout") ?? .seconds(10))
    }
}
