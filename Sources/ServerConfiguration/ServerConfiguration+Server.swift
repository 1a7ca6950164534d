extension ServerConfiguration {
    /// The responder: what `recado serve` listens on and what it accepts.
    public struct Server: Sendable, Equatable {
        /// Where FastCGI is spoken; nil where it is not.
        public var fastCGI: ListeningAddress? = .unix(path: "/run/recado/recado.sock")
        /// The unix socket's permission bits.
        public var socketMode = 0o660
        /// The group that the unix socket is given to; nil leaves it the process' own.
        public var socketGroup: String?
        /// Where plain HTTP is spoken; nil where it is not.
        public var http: ListeningAddress?
        public var keys: [AccessKey] = []
        /// The longest request body, in bytes.
        public var maxBody = 1 << 20
        /// How deep a payload may nest.
        public var maxJSONDepth = 64
        /// How many events one request may bring.
        public var maxBatch = 1000
        /// How many events may wait for a commit before dispatches are answered 503.
        public var buffer = 10_000
        /// How many bytes of payload may wait for a commit before dispatches are answered 503.
        public var bufferBytes = 64 << 20
        /// How long `dispatch_sync` waits for its listeners.
        public var syncTimeout = Duration.seconds(10)
        /// How long a stopping process may take to answer what it has accepted.
        public var shutdownGrace = Duration.seconds(30)
        /// How many threads read FastCGI requests.
        public var readers = 4
        /// How many connections may be open at once.
        public var maxConnections = 4096

        public init() {}
    }
}
