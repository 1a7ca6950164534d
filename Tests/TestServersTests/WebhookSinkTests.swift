import TestServers
import Testing

@Suite("A webhook sink", .timeLimit(.minutes(1)))
struct WebhookSinkTests {
    @Test("writes down what it receives")
    func recordsRequests() async throws {
        try await WebhookSink.with { sink in
            let answer = try await curl(
                sink.url("/hook%20one?body=thanks"), "--header", "X-Event: saved", "--data", "{\"ç\":1}")
            #expect(answer == (200, "thanks"))
            let request = try #require(try await sink.waitForRequests(count: 1, on: "/hook one").first)
            #expect(request.method == "POST")
            #expect(request.headers["x-event"] == "saved")
            #expect(request.text == "{\"ç\":1}")
            #expect(request.inFlight == 1)
        }
    }

    @Test("answers in turn, from the query and from what it is told")
    func answersInTurn() async throws {
        try await WebhookSink.with { sink in
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await curl(sink.url("/a?status=500,429,200")).status) }
            #expect(statuses == [500, 429, 200, 200])
            try sink.answer(["/a": "status=503&retry_after=7"])
            let answer = try await curl(sink.url("/a?status=200"), "--include")
            #expect(answer.status == 503)
            #expect(answer.body.contains("Retry-After: 7"))
        }
    }

    @Test("closes, hangs and fails at random when told")
    func misbehaves() async throws {
        try await WebhookSink.with { sink in
            await #expect(throws: ServerError.self) { _ = try await curl(sink.url("/a?status=0")) }
            await #expect(throws: ServerError.self) {
                _ = try await curl(sink.url("/b?hang=1"), "--max-time", "0.3")
            }
            let answers = try await curl(sink.url("/c?fail=0.5&seed=1&n=[1-40]"), "--write-out", "%{http_code} ")
            #expect(answers.body.isEmpty)
            #expect(try sink.received().count == 42)
        }
    }

    @Test("keeps connections open, with TLS too")
    func keepsConnections() async throws {
        try await WebhookSink.with(tls: true) { sink in
            _ = try await curl(sink.url("/a?n=[1-20]"), "--cacert", try #require(sink.certificatePath))
            let requests = try sink.received()
            #expect(requests.count == 20)
            #expect(Set(requests.map(\.connection)).count == 1)
        }
    }
}
