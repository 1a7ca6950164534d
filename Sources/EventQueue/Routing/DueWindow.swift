/// How far back a read of scheduled events looks, most of the time.
///
/// Failed events stand in the same index with the time of their next attempt, and those that are overdue would be walked over by
/// every read: many, where a receiver is dead. What is scheduled becomes due once, so a short look back finds it; now and then a
/// read looks at everything, for what was moved by hand or waited while nobody routed.
public struct DueWindow: Sendable {
    /// How far back a short look goes.
    static let short = Duration.seconds(60)
    /// How far back a read of everything goes: to before the first date that there is.
    public static let everything = Duration.seconds(10_000 * 366 * 86_400)
    static let fullReadInterval = Duration.seconds(30)
    /// How often to look at all: a time of day is no more exact than that.
    static let interval = Duration.milliseconds(50)

    private var lastRead: Duration?
    private var lastFullRead: Duration?
    private var isFullReadUnfinished = false

    public init() {}

    /// How far back to look at `now` on a monotonic clock; nil where it is too soon to look again.
    public mutating func next(now: Duration) -> Duration? {
        if let lastRead, now - lastRead < Self.interval { return nil }
        lastRead = now
        if !isFullReadUnfinished, let lastFullRead, now - lastFullRead < Self.fullReadInterval { return Self.short }
        lastFullRead = now
        return Self.everything
    }

    /// Says how a read that looked back by `window` ended: whether there was more than it could take.
    public mutating func read(_ window: Duration?, wasCutOff: Bool) {
        guard let window else { return }
        if wasCutOff { lastRead = nil }
        if window == Self.everything { isFullReadUnfinished = wasCutOff }
    }
}
