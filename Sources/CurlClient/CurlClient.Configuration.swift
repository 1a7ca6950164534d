extension CurlClient {
    /// What holds for every transfer of a client.
    public struct Configuration: Sendable {
        /// How many connections one host gets at the most; requests beyond wait inside the client. Default 64: more to one
        /// fast receiver gain nothing, and a hanging one cannot take more.
        public var maxConnectionsPerHost: Int
        /// From how many connections on, those in use included, idle ones are closed. Default 2048: where many receivers hang,
        /// their connections must not cost the others theirs.
        public var maxKeptConnections: Int
        /// The `User-Agent` of every request. Default `Recado`.
        public var userAgent: String
        /// Non-public addresses that may be connected to all the same. Default none.
        public var allowedRanges: [AddressRange]
        /// A PEM file of certificate authorities to trust instead of the system's. Default nil.
        public var certificateAuthorities: String?

        public init(
            maxConnectionsPerHost: Int = 64,
            maxKeptConnections: Int = 2048,
            userAgent: String = "Recado",
            allowedRanges: [AddressRange] = [],
            certificateAuthorities: String? = nil
        ) {
            self.maxConnectionsPerHost = maxConnectionsPerHost
            self.maxKeptConnections = maxKeptConnections
            self.userAgent = userAgent
            self.allowedRanges = allowedRanges
            self.certificateAuthorities = certificateAuthorities
        }
    }
}
