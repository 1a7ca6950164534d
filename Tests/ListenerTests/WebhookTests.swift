import CurlClient
import EventModel
import ListenerKit
import LoopbackServers
import RequestSigning
import Testing
import WebhookListener

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test(
        arguments: [
            ("200 OK", nil, .delivered(detail: "HTTP 200")),
            ("201 Created", nil, .delivered(detail: "HTTP 201")),
            ("204 No Content", nil, .delivered(detail: "HTTP 204")),
            ("299 Fine", nil, .delivered(detail: "HTTP 299")),
            ("301 Moved Permanently", nil, .permanent(Failure(.rejected, "HTTP 301: redirects are not followed"))),
            ("304 Not Modified", nil, .permanent(Failure(.rejected, "HTTP 304: redirects are not followed"))),
            ("400 Bad Request", nil, .permanent(Failure(.rejected, "HTTP 400"))),
            ("401 Unauthorized", nil, .permanent(Failure(.auth, "HTTP 401"))),
            ("403 Forbidden", "5", .permanent(Failure(.auth, "HTTP 403"))),
            ("404 Not Found", nil, .permanent(Failure(.rejected, "HTTP 404"))),
            ("408 Request Timeout", nil, .retryable(Failure(.timeout, "HTTP 408"))),
            ("409 Conflict", nil, .permanent(Failure(.rejected, "HTTP 409"))),
            ("410 Gone", nil, .permanent(Failure(.rejected, "HTTP 410: the receiver wants no more of these"))),
            ("413 Content Too Large", nil, .permanent(Failure(.tooLarge, "HTTP 413"))),
            ("422 Unprocessable Content", nil, .permanent(Failure(.rejected, "HTTP 422"))),
            ("425 Too Early", nil, .permanent(Failure(.rejected, "HTTP 425"))),
            ("429 Too Many Requests", nil, .retryable(Failure(.rateLimited, "HTTP 429"))),
            ("429 Too Many Requests", "7", .retryable(Failure(.rateLimited, "HTTP 429"), retryAfter: .seconds(7))),
            (
                "429 Too Many Requests", "3600",
                .retryable(Failure(.rateLimited, "HTTP 429"), retryAfter: .seconds(3600))
            ),
            ("429 Too Many Requests", "soon", .retryable(Failure(.rateLimited, "HTTP 429"))),
            ("500 Internal Server Error", nil, .retryable(Failure(.receiverError, "HTTP 500"))),
            ("502 Bad Gateway", nil, .retryable(Failure(.receiverError, "HTTP 502"))),
            ("503 Service Unavailable", "0", .retryable(Failure(.receiverError, "HTTP 503"), retryAfter: .zero)),
            (
                "503 Service Unavailable", "Sun, 06 Nov 2094 08:49:37 GMT",
                .retryable(Failure(.receiverError, "HTTP 503"), retryAfter: .seconds(86_400))
            ),
            ("599 Whatever", nil, .retryable(Failure(.receiverError, "HTTP 599"))),
        ] as [(String, String?, Outcome)])
    func `each status has its outcome`(_ status: String, _ retryAfter: String?, _ expected: Outcome) async throws {
        let headers = retryAfter.map { ["Retry-After: \($0)"] } ?? []
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer(status, headers: headers) }
        }
        defer { server.stop() }
        #expect(try await deliver(to: server) == expected)
    }

    @Test func `trouble on the way may pass, a wrong address will not`() async throws {
        let breaking = LoopbackServer { connection in
            _ = connection.readRequest()
            connection.breakOff()
        }
        let silent = LoopbackServer { $0.waitForEnd() }
        let plain = LoopbackServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForEnd()
        }
        let gone = ClosedPort()
        defer { for server in [breaking, silent, plain] { server.stop() } }
        #expect(try await reason(url: "http://127.0.0.1:\(breaking.port)/") == "retryable reset")
        #expect(try await reason(url: "http://127.0.0.1:\(silent.port)/") == "retryable timeout")
        #expect(try await reason(url: "http://127.0.0.1:\(gone.port)/") == "retryable refused")
        #expect(try await reason(url: "http://nobody.invalid/") == "retryable dns")
        #expect(try await reason(url: "https://127.0.0.1:\(plain.port)/") == "permanent tls")
        #expect(try await reason(url: "http://a b/") == "permanent misconfigured")
        let guarded = try await reason(
            url: "http://127.0.0.1:\(silent.port)/", ["allow_private_addresses": .boolean(false)])
        #expect(guarded == "permanent forbidden_address")
    }

    @Test func `the request carries the event, its headers and a signature that verifies`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let server = recordingServer(seen)
        defer { server.stop() }
        let settings: [String: SettingValues.Value] = [
            "secret": .list([Self.secret]), "headers": .map(["X-Shop": "7", "content-type": "application/vnd.a+json"]),
            "header_prefix": .string("X-ZedaAPI-"),
        ]
        let outcome = try await deliver(to: server, settings, listener: "crm.v2", attempt: 2)
        #expect(outcome == .delivered(detail: "HTTP 200"))
        let request = try #require(seen.all.first)
        #expect(request.requestLine == "POST /hook HTTP/1.1")
        #expect(request.bodyText == #"{"a": 1, "b":"ä"}"#)
        #expect(request.header("content-type") == "application/vnd.a+json")
        #expect(request.header("x-shop") == "7")
        #expect(request.header("x-zedaapi-event-id") == "0191d0c4-0000-7000-8000-000000000001")
        #expect(request.header("x-zedaapi-event-type") == "a.b%0D%0AX-Evil: 1")
        #expect(request.header("x-evil") == nil)
        #expect(request.header("x-zedaapi-instance-id") == "loja%20n%C3%BAmero".replacing("%20", with: " "))
        #expect(request.header("x-zedaapi-delivery-attempt") == "2")
        #expect(request.header("x-request-id") == "req-1")
        let id = try #require(request.header("webhook-id"))
        #expect(id == "0191d0c4-0000-7000-8000-000000000001:crm_v2")
        let timestamp = try #require(request.header("webhook-timestamp").flatMap { Int($0) })
        let expected = StandardWebhooks.signature(
            id: id, timestamp: timestamp, body: request.body, secret: try SigningSecret(Self.secret))
        #expect(request.header("webhook-signature") == expected)
    }

    @Test func `without a secret there is no signature`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let server = recordingServer(seen)
        defer { server.stop() }
        _ = try await deliver(to: server)
        #expect(seen.all.first?.header("webhook-signature") == nil)
        #expect(seen.all.first?.header("webhook-id") != nil)
    }

    @Test func `cancelling puts the delivery back`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let server = LoopbackServer { connection in
            if let request = connection.readRequest() { seen.append(request) }
            connection.waitForEnd()
        }
        defer { server.stop() }
        let task = Task { try await deliver(to: server) }
        await seen.wait(for: 1)
        task.cancel()
        #expect(try await task.value == .putBack)
    }

    @Test(
        arguments: [
            ("secret", .list(["whsec_short"])), ("secret", .list(["plain"])), ("headers", .map(["A": "1\r\n2"])),
            ("headers", .map(["A B": "1"])), ("headers", .map(["Webhook-ID": "1"])), ("header_prefix", .string("X: ")),
        ] as [(String, SettingValues.Value)])
    func `settings that cannot work are refused by name`(_ name: String, _ value: SettingValues.Value) async throws {
        try await withClient { client in
            let transport = WebhookTransport(client: client)
            let settings = SettingValues(["url": .string("http://a.example/"), name: value])
            #expect {
                try transport.makeListener(name: "hook", settings: settings)
            } throws: { error in
                (error as? SettingError)?.setting == name
            }
        }
    }

    private func recordingServer(_ seen: Recorded<ReceivedRequest>) -> LoopbackServer {
        LoopbackServer { connection in
            while let request = connection.readRequest() {
                seen.append(request)
                connection.answer("200 OK")
            }
        }
    }

    private func reason(url: String, _ settings: [String: SettingValues.Value] = [:]) async throws -> String {
        let outcome = try await deliver(url: url, settings, timeout: .milliseconds(500))
        return switch outcome {
        case .retryable(let failure, _): "retryable \(failure.reason)"
        case .permanent(let failure): "permanent \(failure.reason)"
        default: "\(outcome)"
        }
    }

    private func deliver(
        to server: LoopbackServer, _ settings: [String: SettingValues.Value] = [:], listener: String = "hook",
        attempt: Int = 1
    ) async throws -> Outcome {
        let url = "http://127.0.0.1:\(server.port)/hook"
        return try await deliver(url: url, settings, listener: listener, attempt: attempt)
    }

    private func deliver(
        url: String, _ settings: [String: SettingValues.Value], listener: String = "hook", attempt: Int = 1,
        timeout: Duration = .seconds(10)
    ) async throws -> Outcome {
        let values = ["url": .string(url), "allow_private_addresses": .boolean(true)].merging(settings) { $1 }
        let event = makeEvent(
            name: "a.b\r\nX-Evil: 1", payload: #"{"a": 1, "b":"ä"}"#, instance: "loja número", requestID: "req-1")
        return try await withClient { client in
            let transport = WebhookTransport(client: client)
            let hook = try transport.makeListener(name: listener, settings: SettingValues(values))
            return await hook.deliver(
                Delivery(event: event, listener: listener, attempt: attempt, maxAttempts: 3, timeout: timeout))
        }
    }
}
