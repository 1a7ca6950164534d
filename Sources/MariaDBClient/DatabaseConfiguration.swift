/// Where the database is and who we are there.
public struct DatabaseConfiguration: Sendable {
    /// Whether the connection is encrypted.
    public enum TransportSecurity: String, Sendable, CaseIterable {
        /// In the clear: for a unix socket or loopback.
        case off
        /// Encrypted, the server's certificate not checked.
        case on
        /// Encrypted, certificate and host name checked.
        case verify
    }

    public var host: String
    public var port: Int
    /// The server's unix socket; wins over the host.
    public var socketPath: String?
    public var database: String
    public var user: String
    public var password: String
    public var connectTimeout: Duration
    /// How long one statement may keep us waiting for the server.
    public var statementTimeout: Duration
    /// How long the server keeps a transaction, with its locks, of whose client it hears nothing, in whole seconds.
    public var idleTransactionTimeout: Duration
    public var transportSecurity: TransportSecurity

    public init(
        host: String = "localhost",
        port: Int = 3306,
        socketPath: String? = nil,
        database: String = "recado",
        user: String = "recado",
        password: String = "",
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration = .seconds(30),
        idleTransactionTimeout: Duration = .seconds(5),
        transportSecurity: TransportSecurity = .off
    ) {
        self.host = host
        self.port = port
        self.socketPath = socketPath
        self.database = database
        self.user = user
        self.password = password
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.idleTransactionTimeout = idleTransactionTimeout
        self.transportSecurity = transportSecurity
    }
}
