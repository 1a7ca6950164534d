/// What a dispatch may be at the most.
public struct DispatchLimits: Sendable {
    /// Events in one request.
    public var batch: Int
    /// Levels of nested arrays and objects.
    public var depth: Int
    /// Attempts where a dispatch does not say.
    public var defaultMaxAttempts: Int

    /// The highest number of attempts that a dispatch may ask for.
    public static let maximumAttempts = 100
    /// The longest instance, tenant, ordering key and idempotency key, in characters: the width of their columns.
    public static let maximumKeyLength = 191
    /// The longest request id.
    public static let maximumRequestIDLength = 128

    public init(batch: Int = 1000, depth: Int = 64, defaultMaxAttempts: Int = 3) {
        self.batch = batch
        self.depth = depth
        self.defaultMaxAttempts = defaultMaxAttempts
    }
}
