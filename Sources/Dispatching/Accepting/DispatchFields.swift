import EventModel
import EventQueue
import FoundationEssentials

/// The members of one dispatch, each checked as it is taken.
struct DispatchFields {
    /// Every member that a dispatch may have.
    static let names = [
        "event", "payload", "instance", "tenant", "ordering_key", "scheduled_at", "max_attempts", "idempotency_key",
    ]

    /// The years that the database takes, 1000 to 9999; a day is left for offsets.
    private static let dates =
        Date(timeIntervalSince1970: -30_610_137_600)..<Date(timeIntervalSince1970: 253_402_214_400)

    private let body: [UInt8]
    /// Where the values stand, in the order of ``names``.
    private var values: [Range<Int>?] = Array(repeating: nil, count: names.count)

    init(body: [UInt8]) {
        self.body = body
    }

    mutating func take(_ member: JSONSlices.Member) throws(ErrorAnswer) {
        guard let place = Self.names.firstIndex(of: member.name) else {
            throw Self.invalid(
                Self.clipped(member.name),
                "is not a member of a dispatch; known are \(Self.names.joined(separator: ", "))")
        }
        guard values[place] == nil else { throw Self.invalid(member.name, "is there twice") }
        values[place] = member.value
    }

    func event(limits: DispatchLimits, from origin: DispatchOrigin) throws(ErrorAnswer) -> NewEvent {
        guard let name = try text("event", limit: EventName.maximumLength) else {
            throw Self.invalid("event", "is missing")
        }
        guard let payload = value("payload") else { throw Self.invalid("payload", "is missing") }
        return NewEvent(
            name: name, payload: Array(body[payload]),
            instance: try text("instance"), tenant: try tenant(of: origin), orderingKey: try text("ordering_key"),
            scheduledAt: try date("scheduled_at"),
            maxAttempts: try integer("max_attempts", in: 1...DispatchLimits.maximumAttempts)
                ?? limits.defaultMaxAttempts,
            requestID: origin.requestID, idempotencyKey: try text("idempotency_key"), source: origin.source)
    }

    /// Whoever dispatches for one tenant need not name it, and may not name another.
    private func tenant(of origin: DispatchOrigin) throws(ErrorAnswer) -> String? {
        let named = try text("tenant")
        guard let own = origin.tenant else { return named }
        guard named.map(ExactText.init) ?? own == own else {
            throw ErrorAnswer(
                status: 403, code: "forbidden", message: "tenant must be that of the key, or be left out.",
                field: "tenant")
        }
        return own.text
    }

    /// A non-empty text without control characters; nil where it is absent or null.
    private func text(_ name: String, limit: Int = DispatchLimits.maximumKeyLength) throws(ErrorAnswer) -> String? {
        guard let range = present(name) else { return nil }
        guard let text = JSONSlices.string(body, in: range) else { throw Self.invalid(name, "must be a string") }
        guard !text.isEmpty else { throw Self.invalid(name, "must not be empty") }
        guard text.unicodeScalars.count <= limit else {
            throw Self.invalid(name, "must not be longer than \(limit) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }) else {
            throw Self.invalid(name, "must not contain control characters")
        }
        return text
    }

    private func integer(_ name: String, in range: ClosedRange<Int>) throws(ErrorAnswer) -> Int? {
        guard let place = present(name) else { return nil }
        guard let value = JSONSlices.integer(body, in: place), range.contains(value) else {
            throw Self.invalid(name, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A point in time with its offset (RFC 3339).
    private func date(_ name: String) throws(ErrorAnswer) -> Date? {
        guard let text = try text(name) else { return nil }
        let whole = Date.ISO8601FormatStyle()
        for style in [
            whole, whole.year().month().day().timeZone(separator: .colon).time(includingFractionalSeconds: true),
        ] {
            if let date = try? style.parse(text), Self.dates.contains(date), Self.isOnTheCalendar(text),
                Self.endsWithOffset(text)
            {
                return date
            }
        }
        throw Self.invalid(name, "must be a time such as 2026-11-21T09:30:00Z")
    }

    /// Whether day and hour exist: the parser takes February 30 for March 2, and 24:00 for the next day.
    private static func isOnTheCalendar(_ text: String) -> Bool {
        let local = text.prefix("2026-11-21T09:30:00".count)
        guard let date = try? Date.ISO8601FormatStyle().parse("\(local)Z") else { return false }
        return UTCText.rfc3339(date).hasPrefix(local)
    }

    /// Whether nothing stands behind the offset: the parser leaves the rest of a text alone.
    private static func endsWithOffset(_ text: String) -> Bool {
        text.dropFirst("2026-11-21T09:30:00".count).wholeMatch(of: /(\.[0-9]+)?(Z|[+\-][0-9]{2}:?[0-9]{2})/) != nil
    }

    private func value(_ name: String) -> Range<Int>? {
        Self.names.firstIndex(of: name).flatMap { values[$0] }
    }

    private func present(_ name: String) -> Range<Int>? {
        value(name).flatMap { JSONSlices.isNull(body, in: $0) ? nil : $0 }
    }

    /// A name as it is told to whoever sent it, who may have sent a megabyte.
    private static func clipped(_ name: String) -> String {
        name.utf8.count > 100 ? name.firstScalars(25) + "…" : name
    }

    private static func invalid(_ field: String, _ message: String) -> ErrorAnswer {
        ErrorAnswer(status: 400, code: "invalid_field", message: "\(field) \(message).", field: field)
    }
}
