import ListenerKit
import Testing

@Suite struct BodyFormatTests {
    @Test func `raw is the payload byte for byte`() {
        let event = makeEvent(payload: "{ \"a\" :1.0 }")
        #expect(String(decoding: BodyFormat.raw.body(of: event, sender: "x"), as: UTF8.self) == "{ \"a\" :1.0 }")
    }

    @Test(arguments: [
        (#"{"k":1.50}"#, #""Evolution API""#),
        (#"{"k":1,"sender":"55@s.whatsapp.net"}"#, #""55@s.whatsapp.net""#),
        (#"{"sender":"a\"b"}"#, #""a\"b""#),
        (#"{"sender":7}"#, #""Evolution API""#),
        (#"{"data":{"sender":"deep"}}"#, #""Evolution API""#),
        (#"[1,2]"#, #""Evolution API""#),
    ])
    func `evolution wraps the payload as it is`(_ payload: String, _ sender: String) {
        let event = makeEvent(name: "messages.upsert", payload: payload, instance: "i\"1")
        let body = String(decoding: BodyFormat.evolution.body(of: event, sender: "Evolution API"), as: UTF8.self)
        let head = #"{"event":"messages.upsert","instance":"i\"1","data":"#
        #expect(body == head + payload + #","date_time":"2026-08-20T10:00:00.123Z","sender":"# + sender + "}")
    }

    @Test func `an event without instance says null`() {
        let body = String(decoding: BodyFormat.evolution.body(of: makeEvent(payload: "{}"), sender: ""), as: UTF8.self)
        #expect(body.contains(#""instance":null"#))
    }
}
