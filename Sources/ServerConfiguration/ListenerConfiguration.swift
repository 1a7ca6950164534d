public import ListenerKit

/// One entry of `listeners`, validated against its transport's description.
public struct ListenerConfiguration: Sendable, Equatable {
    /// Its key in the file: 1 to 64 letters, digits, `_` and `-`.
    public let name: String
    /// The ``Transport/type`` of a registered transport.
    public let type: String
    public let isEnabled: Bool
    /// How long one attempt may take.
    public let timeout: Duration
    /// How many deliveries may be under way at once.
    public let maxInFlight: Int
    /// How often a delivery is tried, the first try included; nil leaves it to the event.
    public let maxAttempts: Int?
    /// The transport's own settings, defaults filled in.
    public let settings: SettingValues
    /// Where its name stands in the file.
    public let position: ConfigurationPlace
}
