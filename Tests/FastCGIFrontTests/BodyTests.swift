import Dispatching
import FastCGIFront
import Testing

@Suite struct BodyTests {
    private static let json = Array(#"{"a":1}"#.utf8)

    @Test func `a body shorter than announced is refused`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            let answer = try client.ask(Records.request("POST", length: "9", body: Self.json))
            #expect(answer.status == 400)
            #expect(answer.text.contains("incomplete_body"))
            #expect(try client.ask(Records.request()).status == 200)
        }
    }

    @Test func `a body without its last record is refused when the peer ends`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            try client.send(Records.head(length: "7") + Records.record(5, Self.json))
            client.endInput()
            #expect(try client.receive().text.contains("incomplete_body"))
            #expect(try client.isClosed())
        }
    }

    @Test func `a body without its last record is refused when the peer stands still`() async throws {
        try await RunningFront.with(configure: { $0.stallTimeLimit = .milliseconds(300) }) { front in
            let client = try front.connect()
            try client.send(Records.head(length: nil) + Records.record(5, Self.json))
            #expect(try client.receive().text.contains("incomplete_body"))
            #expect(try client.isClosed())
        }
    }

    @Test func `a body that is too large is answered 413 and the connection goes on`() async throws {
        try await RunningFront.with(configure: { $0.maximumBodyBytes = 100_000 }) { front in
            let client = try front.connect()
            let answer = try client.ask(Records.request("POST", body: [UInt8](repeating: 0x20, count: 3_000_000)))
            #expect(answer.status == 413)
            #expect(answer.text.contains("too_large"))
            let exact = try client.ask(Records.request("POST", body: [UInt8](repeating: 0x20, count: 100_000)))
            #expect(exact.body.count == 100_000)
        }
    }

    @Test func `bodies that together pass the budget are answered 503`() async throws {
        let handler = Withholding()
        try await RunningFront.with(handler: handler, configure: { $0.maximumBufferedBytes = 250_000 }) { front in
            let body = [UInt8](repeating: 0x20, count: 200_000)
            let (first, second) = (try front.connect(), try front.connect())
            try first.send(Records.request("POST", body: body))
            handler.waitForRequests(1)
            let refused = try second.ask(Records.request("POST", body: body))
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == "1")
            handler.answer()
            #expect(try first.receive().status == 200)
            try second.send(Records.request("POST", body: body))
            handler.waitForRequests(1)
            handler.answer()
            #expect(try second.receive().status == 200)
        }
    }

    @Test func `a request that is aborted leaves its share of the budget`() async throws {
        try await RunningFront.with(configure: { $0.maximumBufferedBytes = 250_000 }) { front in
            let body = [UInt8](repeating: 0x20, count: 200_000)
            let (first, second) = (try front.connect(), try front.connect())
            let part = Records.head(length: "300000") + Records.stream(5, body).dropLast(8)
            let answer = try first.ask(part + Records.abort())
            #expect(answer.body.isEmpty)
            #expect(try second.ask(Records.request("POST", body: body)).status == 200)
        }
    }

    @Test func `slow bodies hold up nobody else`() async throws {
        try await RunningFront.with(configure: { $0.readerThreads = 2 }) { front in
            let slow = try (0..<6).map { _ in try front.connect() }
            for client in slow { try client.send(Records.head(length: "7") + Records.record(5, [0x7b])) }
            for _ in 0..<10 { #expect(try front.isServing()) }
            for client in slow {
                try client.send(Records.record(5, Array(#""a":1}"#.utf8)) + Records.record(5))
                #expect(try client.receive().text == #"{"a":1}"#)
            }
        }
    }

    @Test func `CONTENT_LENGTH must be a number`() async throws {
        try await RunningFront.with { front in
            for length in ["7x", "-7"] {
                let answer = try front.ask(Records.request("POST", length: length, body: Self.json))
                #expect(answer.status == 400)
            }
        }
    }

    @Test func `a request without REQUEST_URI is refused`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            let answer = try client.ask(
                Records.begin() + Records.parameters([("SCRIPT_NAME", "/v1/dispatch")]) + Records.body([]))
            #expect(answer.status == 400)
        }
    }
}
