import TestServers
import Testing

extension EndToEnd {
    @Suite("Behind each documented web server") struct WebServerTests {
        @Test(arguments: WebServer.allCases)
        func `a dispatch is stored and delivered byte for byte under its request id`(server: WebServer) async throws {
            try await WebhookSink.with { sink in
                try await Site.with(Site.everything(to: sink.url("/hook"))) { site in
                    try await site.serve()
                    _ = try site.start("work")
                    try await server.with(responder: .unixSocket(site.socketPath)) { running in
                        let payload = Self.payload(bytes: 300_000)
                        let answer = try await Curl.post(
                            "\(running.url)/dispatch", #"{"event":"photo.taken","payload":\#(payload)}"#,
                            headers: ["X-Request-ID: request-\(server)"])
                        #expect(answer.status == 202)
                        #expect(answer.headers["x-request-id"] == "request-\(server)")
                        #expect(answer.text("status") == "pending")
                        let uuid = try #require(answer.text("uuid"))

                        let request = try #require(try await sink.waitForRequests(count: 1).first)
                        #expect(request.text == payload)
                        #expect(request.headers["x-request-id"] == "request-\(server)")
                        #expect(request.headers["x-event-id"] == uuid)
                        try await site.waitForProcessed(1)
                        let row = try await site.rows("SELECT uuid, event_name, request_id FROM event_queue")
                        #expect(row == ["\(uuid)\tphoto.taken\trequest-\(server)"])
                    }
                }
            }
        }

        @Test(arguments: WebServer.allCases)
        func `what cannot be accepted is refused with a reason and not stored`(server: WebServer) async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                try await site.serve()
                try await server.with(responder: .unixSocket(site.socketPath)) { running in
                    let url = "\(running.url)/dispatch"
                    let event = #"{"event":"a.b","payload":{}}"#

                    let stranger = try await Curl.post(url, event, key: nil)
                    #expect(stranger.status == 401)
                    #expect(stranger.text("error", "code") == "unauthorized")
                    let guesser = try await Curl.post(url, event, key: "not-the-key-of-these-tests")
                    #expect(guesser.status == 401)

                    let broken = try await Curl.post(url, #"{"event":"a.b","payload":{]}"#)
                    #expect(broken.status == 400)
                    #expect(broken.text("error", "code") == "invalid_json")
                    let nameless = try await Curl.post(url, #"{"payload":{}}"#)
                    #expect(nameless.status == 400)
                    #expect(nameless.text("error", "field") == "event")
                    let impatient = try await Curl.post(url, #"{"event":"a.b","payload":{},"max_attempts":"many"}"#)
                    #expect(impatient.status == 400)
                    #expect(impatient.text("error", "field") == "max_attempts")

                    let giant = try await Curl.post(
                        url, #"{"event":"a.b","payload":\#(Self.payload(bytes: (1 << 20) + 1))}"#)
                    #expect(giant.status == 413)
                    #expect(try await site.count("SELECT COUNT(*) FROM event_queue") == 0)
                }
            }
        }

        /// A JSON object of at least so many bytes that no two JSON writers would write alike.
        private static func payload(bytes: Int) -> String {
            let part = #"{ "n":1.50e+2,"big":12345678901234567890,"t":"a\u00e9 é 漢 \/ \"","e":[ ] }"#
            let parts = Array(repeating: part, count: bytes / part.utf8.count + 1)
            return "{\"list\" : [\n" + parts.joined(separator: " ,\n") + "\t]}"
        }
    }
}
