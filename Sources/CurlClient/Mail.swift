public import FoundationEssentials

/// One mail to one recipient: text, HTML, or both as alternatives, and attachments.
public struct Mail: Sendable {
    /// A file beside the message.
    public struct Attachment: Sendable {
        /// Printable ASCII without quotation mark or backslash.
        public let name: String
        /// A media type with its parameters: `text/calendar; charset=utf-8`.
        public let type: String
        public let content: [UInt8]

        public init(name: String, type: String, content: [UInt8]) {
            self.name = name
            self.type = type
            self.content = content
        }
    }

    public var from: Mailbox
    public var to: Mailbox
    public var replyTo: Mailbox?
    /// One line; control characters become spaces.
    public var subject: String
    public var text: String
    public var html: String?
    public var attachments: [Attachment]
    /// Without angle brackets: `left@right`. The same for every attempt, so that receivers recognise a repetition.
    public var messageID: String
    public var date: Date

    public init(
        from: Mailbox,
        to: Mailbox,
        replyTo: Mailbox? = nil,
        subject: String,
        text: String,
        html: String? = nil,
        attachments: [Attachment] = [],
        messageID: String,
        date: Date = Date()
    ) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.attachments = attachments
        self.messageID = messageID
        self.date = date
    }
}
