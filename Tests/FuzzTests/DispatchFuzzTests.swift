import EventModel
import EventQueue
import Testing

@testable import Dispatching

@Suite struct DispatchFuzzTests {
    private static let reader = DispatchReader(limits: DispatchLimits())

    @Test func `what is taken fits into its columns and says the same when it is said again`() throws {
        try Fuzz.run("json") { bytes in
            guard let events = try? Self.events(in: bytes) else { return nil }
            for event in events {
                if JSONSlices.problem(in: event.payload) != nil { return "a payload is no JSON" }
                let keys = [event.instance, event.tenant, event.orderingKey, event.idempotencyKey].compactMap { $0 }
                if keys.contains(where: { !(1...191).contains($0.unicodeScalars.count) }) {
                    return "a key does not fit"
                }
                if !(1...100).contains(event.name.unicodeScalars.count) { return "the name does not fit" }
                if !(1...100).contains(event.maxAttempts) { return "the attempts do not fit" }
                if let date = event.scheduledAt, UTCText.sql(date).utf8.count != 23 { return "the time does not fit" }
                guard let again = try? Self.events(in: Self.spelt(event)).first, Self.spelt(again) == Self.spelt(event)
                else {
                    return "it does not say the same again"
                }
            }
            return nil
        }
    }

    private static func events(in body: [UInt8]) throws(ErrorAnswer) -> [NewEvent] {
        let request = Request(method: "POST", path: "/dispatch", body: body, peer: .unixSocket)
        switch try reader.read(request, from: DispatchOrigin(requestID: "r", source: .http)) {
        case .single(let event): return [event]
        case .several(let events): return events.compactMap { try? $0.get() }
        }
    }

    private static func spelt(_ event: NewEvent) -> [UInt8] {
        let texts = [
            ("event", event.name), ("instance", event.instance), ("tenant", event.tenant),
            ("ordering_key", event.orderingKey), ("idempotency_key", event.idempotencyKey),
            ("scheduled_at", event.scheduledAt.map(UTCText.rfc3339)),
        ]
        let members = texts.map { name, text in "\"\(name)\":\(text.map(JSONText.quoted) ?? "null")," }.joined()
        return Array("{\(members)\"max_attempts\":\(event.maxAttempts),\"payload\":".utf8) + event.payload + [0x7D]
    }
}
