/// The metadata keys of log messages: constant messages carry their data under these names, and under no others.
public enum LogKeys {
    /// The event's row in `event_queue`.
    public static let eventID = "event.id"
    /// The event's stable public identity.
    public static let eventUUID = "event.uuid"
    public static let eventName = "event.name"
    /// The connected account that an event belongs to.
    public static let instance = "instance"
    /// The customer of the app that an event belongs to.
    public static let tenant = "tenant"
    /// The listener's name in the configuration.
    public static let listener = "listener"
    /// The listener's transport.
    public static let listenerType = "listener.type"
    /// Which try, from 1.
    public static let attemptNumber = "attempt.number"
    /// How many tries there are at the most.
    public static let attemptMaximum = "attempt.maximum"
    public static let deliveryID = "delivery.id"
    public static let laneID = "lane.id"
    public static let workerID = "worker.id"
    public static let requestID = "request.id"
    public static let requestMethod = "request.method"
    public static let requestPath = "request.path"
    /// The status that a request was answered with.
    public static let status = "status"
    /// The access key's name.
    public static let caller = "caller"
    /// Where something listens or connects to.
    public static let address = "address"
    /// Milliseconds until the next attempt.
    public static let retryInMilliseconds = "retry.milliseconds"
    /// One of the fixed vocabulary of reasons.
    public static let reason = "reason"
    public static let error = "error"
    /// What became of something.
    public static let outcome = "outcome"
    public static let count = "count"
    public static let bytes = "bytes"
    /// How long something took.
    public static let milliseconds = "milliseconds"
    public static let signal = "signal"
    public static let version = "version"
    /// A file or folder.
    public static let path = "path"
    /// A key of the configuration.
    public static let setting = "setting"
    public static let table = "table"
    public static let process = "process"
}
