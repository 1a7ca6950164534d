public import FoundationEssentials

/// A request that a ``WebhookSink`` received.
public struct ReceivedRequest: Sendable, Decodable {
    /// When it had arrived whole, in seconds since 1970.
    public let time: Double
    public let method: String
    /// The path, percent-decoded, without the query.
    public let path: String
    /// The query, as it was sent.
    public let query: String
    /// Header fields by lower-case name.
    public let headers: [String: String]
    public let body: Data
    /// The how manieth connection of the sink it came by.
    public let connection: Int
    /// How many requests to its path were unanswered then, itself included.
    public let inFlight: Int

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
