extension ServerConfiguration {
    /// The app's MariaDB.
    public struct Database: Sendable, Equatable {
        public enum TLS: String, Sendable, CaseIterable {
            /// Nothing is encrypted.
            case off
            /// Encrypted; whoever answers is believed.
            case on
            /// Encrypted, and the certificate must be the host's.
            case verify
        }

        public var host = "localhost"
        /// 1 to 65535.
        public var port = 3306
        /// A unix socket, which wins over ``host`` and ``port``.
        public var socket: String?
        public var name = "recado"
        public var user = "recado"
        public var password = Secret("")
        /// In front of every table's name: up to 20 letters, digits and underscores.
        public var tablePrefix = ""
        public var connectTimeout = Duration.seconds(5)
        public var tls = TLS.off

        public init() {}
    }
}
