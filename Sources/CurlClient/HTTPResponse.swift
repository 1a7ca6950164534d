/// A receiver's answer.
public struct HTTPResponse: Sendable, Equatable {
    /// 200...599.
    public let status: Int
    /// The `Retry-After` header as it was sent: seconds or an HTTP date.
    public let retryAfter: String?
    /// The body, or its beginning.
    public let body: [UInt8]
    /// False where the body was too long, broke off or did not end in time. The status is the receiver's answer all the same.
    public let isComplete: Bool

    public init(status: Int, retryAfter: String? = nil, body: [UInt8] = [], isComplete: Bool = true) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
        self.isComplete = isComplete
    }
}
