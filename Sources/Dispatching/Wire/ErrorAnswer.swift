/// The one shape of every refusal: `{"error":{"code","message","field"}}`.
public struct ErrorAnswer: Error, Sendable, Equatable {
    /// The HTTP status code.
    public let status: Int
    /// A stable word for programs: `invalid_json`, `too_large`, `unavailable`, ...
    public let code: String
    /// A sentence for people.
    public let message: String
    /// The field that was wrong, where one was.
    public let field: String?
    /// After how many seconds to try again, for a 503 or 429.
    public let retryAfter: Int?
    /// The method to use instead, for a 405.
    public let allow: String?

    public init(
        status: Int, code: String, message: String, field: String? = nil, retryAfter: Int? = nil, allow: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retryAfter = retryAfter
        self.allow = allow
    }

    /// Another method is to be used there (RFC 9110, section 15.5.6).
    static func methodNotAllowed(use method: String) -> ErrorAnswer {
        ErrorAnswer(status: 405, code: "method_not_allowed", message: "Use \(method).", allow: method)
    }

    /// The body was larger than the wire takes.
    public static func tooLarge(limit: Int) -> ErrorAnswer {
        ErrorAnswer(status: 413, code: "too_large", message: "The body is larger than \(limit) bytes.")
    }

    /// There are more header fields than the wire takes (RFC 6585, section 5).
    public static let tooManyHeaders = ErrorAnswer(
        status: 431, code: "too_many_headers", message: "The request has too many header fields.")

    /// The body ended before its announced length.
    public static let incompleteBody = ErrorAnswer(
        status: 400, code: "incomplete_body", message: "The body ended before its announced length.")

    /// The bodies that one wire is receiving are more than its ``ByteBudget``.
    public static let receivingTooMuch = unavailable("The server is receiving too much at once.")

    /// The server is stopping, or has no room.
    public static func unavailable(_ message: String) -> ErrorAnswer {
        ErrorAnswer(status: 503, code: "unavailable", message: message, retryAfter: 1)
    }
}
