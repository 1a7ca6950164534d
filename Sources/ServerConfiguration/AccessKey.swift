/// A key that a caller of the server's endpoints shows.
public struct AccessKey: Sendable, Equatable {
    /// What a key opens.
    public enum Purpose: String, Sendable, Hashable, CaseIterable {
        /// Handing events in.
        case dispatch
        /// Looking at events, deliveries and figures.
        case read
        /// Retrying, replaying, discarding.
        case admin
    }

    /// The fewest characters of a key.
    public static let minimumLength = 16

    /// What logs and the history call the caller. Unique.
    public let name: String
    public let key: Secret
    public let purposes: Set<Purpose>
    /// The tenant that it is for; nil for all, and for what has none.
    public let tenant: String?

    public init(name: String, key: Secret, purposes: Set<Purpose>, tenant: String? = nil) {
        self.name = name
        self.key = key
        self.purposes = purposes
        self.tenant = tenant
    }
}
