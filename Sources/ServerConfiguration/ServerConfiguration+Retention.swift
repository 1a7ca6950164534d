extension ServerConfiguration {
    /// How long what is done with is kept; zero is for ever.
    public struct Retention: Sendable, Equatable {
        /// The history of delivered events.
        public var attempts = Duration.seconds(86_400)
        public var processed = Duration.seconds(30 * 86_400)
        /// Dead letters that somebody replayed or discarded. The unresolved ones stay.
        public var deadLetters = Duration.seconds(7 * 86_400)
        public var idempotencyKeys = Duration.seconds(86_400)
        /// How often is swept.
        public var interval = Duration.seconds(3600)

        public init() {}
    }
}
