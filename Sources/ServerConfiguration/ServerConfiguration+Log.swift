extension ServerConfiguration {
    /// What is logged, and how.
    public struct Log: Sendable, Equatable {
        /// The levels of swift-log, by the same names.
        public enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }

        public enum Format: String, Sendable, CaseIterable {
            /// Text on a terminal, JSON elsewhere.
            case auto
            case text
            case json
        }

        public var level = Level.info
        public var format = Format.auto

        public init() {}
    }
}
