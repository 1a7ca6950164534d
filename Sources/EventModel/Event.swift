public import FoundationEssentials

/// One accepted fact, as the queue holds it. It never changes after acceptance.
public struct Event: Sendable, Equatable {
    /// The row's `id` in `event_queue`; rises in order of acceptance, with gaps.
    public let id: Int64
    /// The stable public identity, lower-case with hyphens; receivers recognise a repetition by it.
    public let uuid: String
    /// The event's name, for example `appointment.saved`. At most ``EventName/maximumLength`` characters.
    public let name: String
    /// The JSON document exactly as it was sent.
    public let payload: [UInt8]
    /// The connected account that the event belongs to.
    public let instance: String?
    /// The customer of the app that the event belongs to.
    public let tenant: String?
    /// What the dispatch named as its ordering key; see ``laneKey`` for what orders.
    public let orderingKey: String?
    /// The event's place among the events of its instance, from 1 and without gaps; 0 where it has no instance.
    public let sequenceNumber: Int64
    /// The request that dispatched it, kept in logs and outgoing requests.
    public let requestID: String?
    /// When it was accepted.
    public let acceptedAt: Date
    /// How often a delivery of it is tried at the most, the first try included.
    public let maxAttempts: Int

    public init(
        id: Int64,
        uuid: String,
        name: String,
        payload: [UInt8],
        instance: String? = nil,
        tenant: String? = nil,
        orderingKey: String? = nil,
        sequenceNumber: Int64 = 0,
        requestID: String? = nil,
        acceptedAt: Date,
        maxAttempts: Int = 3
    ) {
        self.id = id
        self.uuid = uuid
        self.name = name
        self.payload = payload
        self.instance = instance
        self.tenant = tenant
        self.orderingKey = orderingKey
        self.sequenceNumber = sequenceNumber
        self.requestID = requestID
        self.acceptedAt = acceptedAt
        self.maxAttempts = maxAttempts
    }

    /// What the deliveries of this event are ordered by: its ordering key, else its instance, else nothing.
    public var laneKey: String? { orderingKey ?? instance }
}
