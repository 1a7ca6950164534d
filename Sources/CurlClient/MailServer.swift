/// Where mails are handed in.
public struct MailServer: Sendable {
    /// How the connection is encrypted.
    public enum Security: String, Sendable, CaseIterable {
        /// Never.
        case none
        /// By STARTTLS where the server offers it. Somebody on the way can take the offer away.
        case opportunistic
        /// By STARTTLS, or not at all.
        case startTLS = "starttls"
        /// From the first byte on: usually port 465.
        case tls
    }

    /// A host name or an IPv4 address.
    public var host: String
    public var port: Int
    public var security: Security
    /// Nil to hand in without logging in.
    public var username: String?
    public var password: String?
    /// Whether the certificate must be valid and name the host.
    public var verifiesTLS: Bool
    public var connectTimeout: Duration

    public init(
        host: String,
        port: Int,
        security: Security,
        username: String? = nil,
        password: String? = nil,
        verifiesTLS: Bool = true,
        connectTimeout: Duration = .seconds(10)
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.username = username
        self.password = password
        self.verifiesTLS = verifiesTLS
        self.connectTimeout = connectTimeout
    }
}
