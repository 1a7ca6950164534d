import ListenerKit

/// The settings that every listener has, whatever its transport.
enum ListenerSettings {
    /// How long an attempt may take where nothing is said.
    static let timeout = Duration.seconds(30)

    static let common = [
        Setting("type", .string, isRequired: true, "The transport: one of the types below."),
        Setting(
            "enabled", .boolean, default: "true", "Whether it is called; what a disabled one misses is not made up for."
        ),
        Setting(
            "timeout", .duration(Setting.timeLimits), default: DurationText.write(timeout),
            "How long one attempt may take."),
        Setting(
            "max_in_flight", .integer(1...10_000),
            "How many deliveries may be under way at once; `worker.max_in_flight` where it is unset."),
        Setting(
            "max_attempts", .integer(1...100),
            "How often a delivery is tried, the first try included; the event's own number where it is unset."),
    ]
}
