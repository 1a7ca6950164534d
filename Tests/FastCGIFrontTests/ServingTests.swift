import Dispatching
import FastCGIFront
import Testing

@Suite struct ServingTests {
    @Test func `a request is answered with what the handler says`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            let answer = try client.ask(
                Records.request(
                    "post", "/v1/a%2Fb?x=%41&y",
                    extra: [
                        ("HTTP_X_TRACE_ID", "7"), ("CONTENT_TYPE", "application/json"), ("HTTP_PROXY", "evil"),
                        ("HTTP_AUTHORIZATION", "Bearer k"), ("SCRIPT_NAME", "/wrong"), ("QUERY_STRING", "wrong"),
                    ], body: Array("{}".utf8)))
            #expect(answer.status == 200)
            #expect(answer.text == "{}")
            #expect(answer.headers["content-length"] == "2")
            #expect(answer.headers["x-method"] == "POST")
            #expect(answer.headers["x-path"] == "/v1/a%2Fb")
            #expect(answer.headers["x-query"] == "x=%41&y")
            #expect(answer.headers["x-seen-x-trace-id"] == "7")
            #expect(answer.headers["x-seen-content-type"] == "application/json")
            #expect(answer.headers["x-seen-authorization"] == "Bearer k")
            #expect(answer.headers["x-seen-proxy"] == nil)
            #expect(answer.headers["x-peer"] == "unixSocket")
        }
    }

    @Test func `a kept connection serves one request after another`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            for id in [1, 38060, 2] {
                let answer = try client.ask(Records.request("GET", "/\(id)", id: id))
                #expect(answer.requestID == id)
                #expect(answer.headers["x-path"] == "/\(id)")
            }
        }
    }

    @Test func `a connection that is not to be kept is closed after the answer`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            #expect(try client.ask(Records.request(keep: false)).status == 200)
            #expect(try client.isClosed())
        }
    }

    @Test func `requests sent before their turn are answered one by one`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            try client.send(Records.request("GET", "/1", id: 1) + Records.request("GET", "/2", id: 2))
            #expect(try client.receive().headers["x-path"] == "/1")
            #expect(try client.receive().headers["x-path"] == "/2")
        }
    }

    @Test(arguments: [String?.none, "", "-1", "300000"])
    func `a large body arrives whole, whatever its announced length`(length: String?) async throws {
        try await RunningFront.with { front in
            let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let client = try front.connect()
            for _ in 0..<2 {
                let answer = try client.ask(Records.request("POST", length: .some(length), body: body))
                #expect(answer.status == 200)
                #expect(answer.body == body)
            }
        }
    }

    @Test func `a request that arrives byte by byte is served`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            for byte in Records.request("POST", body: Array("slowly".utf8)) { try client.send([byte]) }
            #expect(try client.receive().text == "slowly")
            #expect(try front.isServing())
        }
    }

    @Test func `an answer larger than the socket's buffer waits for its reader`() async throws {
        try await RunningFront.with(handler: Bulk()) { front in
            let lazy = try (0..<12).map { _ in try front.connect() }
            for client in lazy { try client.send(Records.request("GET", "/?3000000")) }
            #expect(try front.isServing())
            for client in lazy {
                #expect(try client.receive().body.count == 3_000_000)
                #expect(try client.ask(Records.request("GET", "/?5")).body.count == 5)
            }
        }
    }

    @Test func `connections at rest cost no thread`() async throws {
        try await RunningFront.with(configure: { $0.readerThreads = 2 }) { front in
            let clients = try (0..<301).map { _ in try front.connect() }
            for _ in 0..<2 {
                for client in clients { #expect(try client.ask(Records.request()).status == 200) }
            }
            #expect(try front.isServing())
        }
    }

    @Test func `TCP connections say whether they come from this host`() async throws {
        try await RunningFront.with(address: .tcp(host: "127.0.0.1", port: 0)) { front in
            let answer = try front.ask(Records.request())
            #expect(answer.headers["x-peer"] == "loopback")
        }
    }

    @Test func `connections beyond the limit are closed`() async throws {
        try await RunningFront.with(configure: { $0.maximumConnections = 3 }) { front in
            let clients = try (0..<3).map { _ in try front.connect() }
            for client in clients { #expect(try client.ask(Records.request()).status == 200) }
            let excess = try front.connect()
            #expect(try excess.isClosed())
            for client in clients { #expect(try client.ask(Records.request()).status == 200) }
        }
    }

    @Test func `Authorization comes by its redirected name too, and an absolute target is a path`() async throws {
        try await RunningFront.with { front in
            let answer = try front.ask(
                Records.request(
                    "GET", "http://example.org/a?b", extra: [("REDIRECT_HTTP_AUTHORIZATION", "Bearer r")]))
            #expect(answer.headers["x-path"] == "/a")
            #expect(answer.headers["x-query"] == "b")
            #expect(answer.headers["x-seen-authorization"] == "Bearer r")
        }
    }
}
