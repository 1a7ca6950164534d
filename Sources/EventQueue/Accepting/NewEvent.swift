public import EventModel
public import FoundationEssentials

/// An event that is to be accepted, already checked.
public struct NewEvent: Sendable {
    /// Who brought it: kept on the row, for the operator.
    public enum Source: String, Sendable, CaseIterable {
        case http, sync, cli
    }

    public var uuid: String
    public var name: String
    /// JSON, already validated.
    public var payload: [UInt8]
    public var instance: String?
    public var tenant: String?
    public var orderingKey: String?
    public var scheduledAt: Date?
    public var maxAttempts: Int
    public var requestID: String?
    public var idempotencyKey: String?
    public var source: Source

    public init(
        uuid: String = EventIdentifier.make(),
        name: String,
        payload: [UInt8],
        instance: String? = nil,
        tenant: String? = nil,
        orderingKey: String? = nil,
        scheduledAt: Date? = nil,
        maxAttempts: Int = 3,
        requestID: String? = nil,
        idempotencyKey: String? = nil,
        source: Source = .http
    ) {
        self.uuid = uuid
        self.name = name
        self.payload = payload
        self.instance = instance
        self.tenant = tenant
        self.orderingKey = orderingKey
        self.scheduledAt = scheduledAt
        self.maxAttempts = maxAttempts
        self.requestID = requestID
        self.idempotencyKey = idempotencyKey
        self.source = source
    }
}

/// What became of a ``NewEvent``.
public enum Acceptance: Sendable, Equatable {
    /// The row is there, committed.
    case accepted(id: Int64, uuid: String, status: String)
    /// The idempotency key was used before, for the same request: the event it made then.
    case repeated(id: Int64, uuid: String, status: String)
    /// The idempotency key was used before, for another request.
    case conflicting
}
