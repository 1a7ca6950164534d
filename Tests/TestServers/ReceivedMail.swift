public import FoundationEssentials

/// A mail that an ``SMTPSink`` accepted.
public struct ReceivedMail: Sendable {
    /// The address of `MAIL FROM`.
    public let sender: String
    /// The addresses of `RCPT TO` that were accepted.
    public let recipients: [String]
    public let isEncrypted: Bool
    public let isAuthenticated: Bool
    /// Header and body as they came over the wire.
    public let content: Data

    /// The content as text.
    public var text: String { String(decoding: content, as: UTF8.self) }
}
