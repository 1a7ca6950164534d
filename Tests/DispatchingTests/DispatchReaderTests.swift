import EventModel
import EventQueue
import Testing

@testable import Dispatching

@Suite struct DispatchReaderTests {
    private let reader = DispatchReader(limits: DispatchLimits(batch: 3, depth: 4, defaultMaxAttempts: 5))

    @Test func `a dispatch is read whole, its payload byte for byte`() throws {
        let event = try single(
            """
            {"event":"order.paid","payload": {"n" : 1.0, "s":"\\u00e9"} ,"instance":"i","tenant":"t","ordering_key":"k",
             "scheduled_at":"2026-11-21T09:30:00+02:00","max_attempts":7,"idempotency_key":"x"}
            """)
        #expect(event.name == "order.paid")
        #expect(String(decoding: event.payload, as: UTF8.self) == #"{"n" : 1.0, "s":"\u00e9"}"#)
        #expect((event.instance, event.tenant, event.orderingKey) == ("i", "t", "k"))
        #expect(event.scheduledAt.map(UTCText.rfc3339) == "2026-11-21T07:30:00.000Z")
        #expect((event.maxAttempts, event.idempotencyKey, event.requestID) == (7, "x", "r"))
        let small = try single(#"{"payload":null,"event":"e","instance":null,"max_attempts":null}"#)
        #expect((small.maxAttempts, small.instance, small.payload) == (5, nil, Array("null".utf8)))
    }

    @Test func `who sends a megabyte of a name is not sent it back`() throws {
        let name = String(repeating: "é", count: 500_000)
        let error = #expect(throws: ErrorAnswer.self) { try single(#"{"event":"e","payload":1,"\#(name)":1}"#) }
        #expect(error?.field == String(repeating: "é", count: 25) + "…")
        #expect((error?.message.utf8.count ?? 0) < 300)
    }

    @Test(arguments: [
        (#"{"payload":1}"#, "event"), (#"{"event":"e"}"#, "payload"), (#"{"event":null,"payload":1}"#, "event"),
        (#"{"event":"","payload":1}"#, "event"), (#"{"event":1,"payload":1}"#, "event"),
        (#"{"event":"a\u0000b","payload":1}"#, "event"), (#"{"event":"a\u009bb","payload":1}"#, "event"),
        (#"{"event":"e","payload":1,"event":"f"}"#, "event"),
        (#"{"event":"e","payload":1,"instance":5}"#, "instance"), (#"{"event":"e","payload":1,"tenant":""}"#, "tenant"),
        (#"{"event":"e","payload":1,"ordering_key":["k"]}"#, "ordering_key"),
        (#"{"event":"e","payload":1,"idempotency_key":"a\nb"}"#, "idempotency_key"),
        (#"{"event":"e","payload":1,"max_attempts":0}"#, "max_attempts"),
        (#"{"event":"e","payload":1,"max_attempts":101}"#, "max_attempts"),
        (#"{"event":"e","payload":1,"max_attempts":"3"}"#, "max_attempts"),
        (#"{"event":"e","payload":1,"max_attempts":1.5}"#, "max_attempts"),
        (#"{"event":"e","payload":1,"scheduled_at":"tomorrow"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-11-21 09:30:00"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-11-21T09:30:00"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":1795253400}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"0000-01-01T00:00:00Z"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"9999-12-31T23:59:59Z"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-02-30T00:00:00Z"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2027-02-29T10:00:00.5+02:00"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-11-21T24:00:00Z"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-11-21T09:30:00Z-03:00"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-11-21T09:30:00.25Z[America/Sao_Paulo]"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"scheduled_at":"2026-11-21T09:30:00+02:00 or so"}"#, "scheduled_at"),
        (#"{"event":"e","payload":1,"priority":1}"#, "priority"),
    ])
    func `a wrong field is named`(_ body: String, field: String) {
        let error = #expect(throws: ErrorAnswer.self) { try single(body) }
        #expect(error?.status == 400)
        #expect(error?.code == "invalid_field")
        #expect(error?.field == field)
    }

    @Test(arguments: ["instance", "tenant", "ordering_key", "idempotency_key"])
    func `keys are as long as their columns, in characters`(_ field: String) throws {
        _ = try single(#"{"event":"e","payload":1,"\#(field)":"\#(String(repeating: "é", count: 191))"}"#)
        let error = #expect(throws: ErrorAnswer.self) {
            try single(#"{"event":"e","payload":1,"\#(field)":"\#(String(repeating: "e", count: 192))"}"#)
        }
        #expect(error?.field == field)
    }

    @Test(arguments: [
        "", "  ", "{", "nonsense", #"{"event":"e","payload":}"#, #"{"event":"e","payload":1} x"#,
        "{\"event\":\"\u{1}\"}",
    ])
    func `what is no JSON is refused`(_ body: String) {
        let error = #expect(throws: ErrorAnswer.self) { try single(body) }
        #expect(error?.code == "invalid_json")
        #expect(error?.status == 400)
    }

    @Test(arguments: ["1", " \"x\" ", "null", "true"])
    func `JSON that is no object is called that`(_ body: String) throws {
        let error = #expect(throws: ErrorAnswer.self) { try single(body) }
        #expect(error?.code == "not_an_object")
        #expect(error?.status == 400)
        let item = try #require(try several("[\(body)]").first)
        #expect(throws: try #require(error)) { try item.get() }
    }

    @Test(arguments: ["2028-02-29T23:59:59Z", "2026-12-31T23:59:59.999-03:00", "2027-01-01T00:30:00+14:00"])
    func `days that exist are taken, whatever their offset`(_ date: String) throws {
        #expect(try single(#"{"event":"e","payload":1,"scheduled_at":"\#(date)"}"#).scheduledAt != nil)
    }

    @Test func `nesting is bounded the same way in every form`() throws {
        let fits = #"{"event":"e","payload":[[[1]]]}"#, tooDeep = #"{"event":"e","payload":[[[[1]]]]}"#
        _ = try single(fits)
        #expect(throws: ErrorAnswer.self) { try single(tooDeep) }
        #expect(try several("[\(fits)]").map(isEvent) == [true])
        #expect(throws: ErrorAnswer.self) { try several("[\(tooDeep)]") }
        #expect(try several("\(fits)\n\(tooDeep)\n", type: "application/x-ndjson").map(isEvent) == [true, false])
    }

    @Test func `an array has an answer per item, in order`() throws {
        let items = try several(#" [{"event":"a","payload":1}, 5, {"event":"b","payload":2}] "#)
        #expect(items.map(isEvent) == [true, false, true])
        #expect(try items[2].get().name == "b")
        #expect(throws: ErrorAnswer(status: 400, code: "empty", message: "The request holds no event.")) {
            try several("[]")
        }
    }

    @Test func `lines are read one by one`() throws {
        let text = "{\"event\":\"a\",\"payload\":1}\r\n\n  \nnonsense\n{\"event\":\"b\",\"payload\":2}"
        for type in ["application/x-ndjson", "Application/X-NDJSON; charset=utf-8", "application/jsonl"] {
            #expect(try several(text, type: type).map(isEvent) == [true, false, true])
        }
    }

    @Test func `too many are too many in every form`() {
        let event = #"{"event":"e","payload":1}"#
        let array = #expect(throws: ErrorAnswer.self) { try several("[\(event),\(event),\(event),\(event)]") }
        let lines = #expect(throws: ErrorAnswer.self) {
            try several("\(event)\n\(event)\n\(event)\n\(event)", type: "application/x-ndjson")
        }
        #expect(array == lines)
        #expect(array?.status == 413)
    }

    private func single(_ body: String) throws -> NewEvent {
        guard case .single(let event) = try read(body) else {
            throw ErrorAnswer(status: 0, code: "several", message: "")
        }
        return event
    }

    private func several(_ body: String, type: String = "application/json") throws -> [Result<NewEvent, ErrorAnswer>] {
        guard case .several(let events) = try read(body, type: type) else {
            throw ErrorAnswer(status: 0, code: "single", message: "")
        }
        return events
    }

    private func read(_ body: String, type: String = "application/json") throws -> DispatchReader.Content {
        let request = Request(
            method: "POST", path: "/dispatch", headers: ["content-type": type], body: Array(body.utf8), peer: .loopback)
        return try reader.read(request, from: DispatchOrigin(requestID: "r", source: .http))
    }

    private func isEvent(_ result: Result<NewEvent, ErrorAnswer>) -> Bool {
        if case .success = result { true } else { false }
    }
}
