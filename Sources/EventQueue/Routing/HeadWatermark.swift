/// Below which id a read of pending events need not look, while looking there is dear.
///
/// Under a long snapshot the index still holds every entry that was routed since, and a read from the start walks them all: 30 to
/// 90 times dearer. But ids are taken before COMMIT, so an app's long transaction commits rows below anything routed since.
/// So the mark lags, it is used only after a read from the start that took long, and even then not every time.
public struct HeadWatermark: Sendable {
    /// How old a routed id must be before the mark moves up to it.
    static let lag = Duration.seconds(5)
    /// How often a read goes without the mark.
    static let fullReadInterval = Duration.seconds(1)

    private var mark: Int64 = 0
    private var candidate: (id: Int64, since: Duration)?
    /// When a read from the start was last too dear; nil where it was not.
    private var lastDearRead: Duration?

    public init() {}

    /// The id to read behind, at `now` on a monotonic clock; 0 for a full read.
    public func next(now: Duration) -> Int64 {
        if let lastDearRead, now - lastDearRead < Self.fullReadInterval { return mark }
        return 0
    }

    /// Says how long a full read took that found so many events.
    public mutating func readFully(_ cost: Duration, events: Int, now: Duration) {
        let usual = Duration.milliseconds(5) + .microseconds(20) * events
        lastDearRead = cost > usual ? now : nil
    }

    /// Says that events up to `id` were routed.
    public mutating func routed(through id: Int64, now: Duration) {
        guard let candidate else {
            self.candidate = (id, now)
            return
        }
        guard now - candidate.since >= Self.lag else { return }
        mark = max(mark, candidate.id)
        self.candidate = (id, now)
    }
}
