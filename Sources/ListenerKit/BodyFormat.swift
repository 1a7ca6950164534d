public import EventModel
import FoundationEssentials

/// The shape in which a receiver gets an event. The event itself is the same for all.
public enum BodyFormat: String, Sendable, CaseIterable {
    /// The payload as it was dispatched, byte for byte.
    case raw
    /// Evolution API's envelope: `event`, `instance`, `data`, `date_time` and `sender`.
    case evolution

    /// Writes the body of `event`.
    ///
    /// - Parameter sender: the envelope's `sender` where the payload names none of its own.
    public func body(of event: Event, sender: String) -> [UInt8] {
        switch self {
        case .raw: event.payload
        case .evolution: evolutionBody(of: event, defaultSender: sender)
        }
    }

    /// The payload goes into the envelope as it is: it was valid JSON when it was accepted.
    ///
    /// `date_time` is the time of acceptance in UTC, where Evolution API has local time with a `Z` behind it. Receivers that
    /// recompute an offset from it would be wrong either way, the others are right now.
    private func evolutionBody(of event: Event, defaultSender: String) -> [UInt8] {
        // The style cuts: .123 is .12299 in binary and would come out as .122.
        let acceptedAt = event.acceptedAt.addingTimeInterval(0.0005)
        let time = acceptedAt.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let instance = event.instance.map(JSONText.quoted) ?? "null"
        let sender = JSONText.quoted(PayloadSender(in: event.payload)?.sender ?? defaultSender)
        var body: [UInt8] = []
        body.reserveCapacity(event.payload.count + 256)
        body += #"{"event":\#(JSONText.quoted(event.name)),"instance":\#(instance),"data":"#.utf8
        body += event.payload
        body += #","date_time":"\#(time)","sender":\#(sender)}"#.utf8
        return body
    }
}

/// The one field of a payload that the envelope repeats.
private struct PayloadSender: Decodable {
    let sender: String

    /// Nil where the payload is not an object with a string `sender`.
    init?(in payload: [UInt8]) {
        guard let decoded = try? JSONDecoder().decode(Self.self, from: Data(payload)) else { return nil }
        self = decoded
    }
}
