extension ServerConfiguration {
    /// The texts of messages.
    public struct Templates: Sendable, Equatable {
        /// The folder. Once loaded, a relative one starts from the configuration file's folder.
        public var directory = "templates"

        public init() {}
    }
}
