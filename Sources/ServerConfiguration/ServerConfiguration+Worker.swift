extension ServerConfiguration {
    /// The worker, started by cron or as a daemon.
    public struct Worker: Sendable, Equatable {
        /// How many events are routed, and how many deliveries settled, in one transaction.
        public var batch = 500
        /// How many deliveries of one listener may be under way, where the listener does not say.
        public var maxInFlight = 64
        /// How long a claimed lane is another worker's business no more.
        public var lease = Duration.seconds(15)
        /// The shortest wait between two looks at the queue.
        public var pollIntervalMin = Duration.milliseconds(50)
        /// The longest wait between two looks at the queue.
        public var pollInterval = Duration.seconds(1)
        /// The waits before the first, second, … repetition; the last one goes on.
        public var retryDelays: [Duration] = [
            .zero, .seconds(10), .seconds(30), .seconds(120), .seconds(300), .seconds(900),
        ]
        /// How much of a wait is left to chance, 0 to 1.
        public var jitter = 0.1
        /// The longest wait that a receiver may ask for.
        public var retryAfterMax = Duration.seconds(30)
        /// How often a delivery is tried, the first try included, where neither event nor listener say.
        public var defaultMaxAttempts = 3
        /// How long a stopping worker may take to finish what is under way.
        public var shutdownGrace = Duration.seconds(30)
        /// Where workers leave their locks and the doorbell; nil picks one. See ``RuntimeDirectory``.
        public var runtimeDirectory: String?
        /// Over how many lanes the deliveries without an ordering key are spread, per listener.
        public var keylessLanes = 4

        public init() {}
    }
}
