public import EventModel
public import ListenerKit
public import Logging
public import Neighbours

/// What everything that works on the queue is given: a daemon, a cron run, and deliveries within requests.
public struct WorkerContext: Sendable {
    public let settings: WorkerSettings
    public let subscriptions: CurrentSubscriptions
    /// Where neighbours find one another; nil where there is no such folder, so that only polling and leases are left.
    public let directory: RuntimeDirectory?
    public let time: MonotonicTime
    public let logger: Logger

    public init(
        settings: WorkerSettings, subscriptions: CurrentSubscriptions, directory: RuntimeDirectory?,
        time: MonotonicTime = .system, logger: Logger
    ) {
        self.settings = settings
        self.subscriptions = subscriptions
        self.directory = directory
        self.time = time
        self.logger = logger
    }
}
