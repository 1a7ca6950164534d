import CurlClient
import Glibc
import Logging
import LoopbackServers
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPTests {
    @Test func `a request arrives as it was given and its answer comes back`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let answer = try await exchange(
            HTTPRequest(url: "", headers: [("X-One", "1"), ("X-Empty", "")], body: Array(#"{"a":"ä"}"#.utf8))
        ) { connection in
            while let request = connection.readRequest() {
                seen.append(request)
                connection.answer("201 Created", headers: ["retry-after: 7"], body: "thanks")
            }
        }
        #expect(answer == HTTPResponse(status: 201, retryAfter: "7", body: Array("thanks".utf8)))
        let request = try #require(seen.all.first)
        #expect(request.requestLine == "POST /hook HTTP/1.1")
        #expect(request.bodyText == #"{"a":"ä"}"#)
        #expect(request.header("x-one") == "1")
        #expect(request.header("x-empty") == "")
        #expect(request.header("expect") == nil)
        #expect(request.header("user-agent") == "Recado")
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
    func `other methods work`(_ method: String) async throws {
        let seen = Recorded<ReceivedRequest>()
        let body = ["PUT", "PATCH"].contains(method) ? Array("x".utf8) : []
        let answer = try await exchange(HTTPRequest(method: method, url: "", body: body)) { connection in
            while let request = connection.readRequest() {
                seen.append(request)
                connection.answer("204 No Content")
            }
        }
        #expect(answer.status == 204)
        #expect(seen.all.first?.requestLine == "\(method) /hook HTTP/1.1")
        #expect(seen.all.first?.body == body)
    }

    @Test func `no request gets anything of the one before`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let server = LoopbackServer { connection in
            while let request = connection.readRequest() {
                seen.append(request)
                connection.answer("200 OK", body: request.requestLine.hasPrefix("HEAD") ? "" : "ok")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            for (method, path, name, body) in [
                ("POST", "/a", "One", "a long body"), ("POST", "/a", "Two", "b"), ("POST", "/a", "Three", ""),
                ("GET", "/a", "Four", ""), ("GET", "/a", "Again", ""), ("POST", "/b", "Five", "c"),
                ("PUT", "/b", "Six", "d"), ("DELETE", "/b", "Seven", ""), ("HEAD", "/b", "Eight", ""),
                ("POST", "/a", "Nine", "e"),
            ] {
                var request = HTTPRequest.private("http://127.0.0.1:\(server.port)\(path)")
                (request.method, request.headers, request.body) = (method, [(name, "mark")], Array(body.utf8))
                #expect(try await client.perform(request).get().status == 200)
                let received = try #require(seen.all.last)
                #expect(received.requestLine == "\(method) \(path) HTTP/1.1")
                #expect(received.bodyText == body)
                #expect(received.headers.filter { $0.hasSuffix(": mark") } == ["\(name): mark"])
            }
        }
        #expect(server.connections == 1)
    }

    @Test func `no answer gets anything of the one before`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let server = LoopbackServer { connection in
            while let request = connection.readRequest() {
                seen.append(request)
                switch seen.all.count {
                case 1: connection.answer("503 Service Unavailable", headers: ["Retry-After: 7"], body: "a long body")
                case 2: connection.answer("200 OK", body: "b")
                default: return connection.breakOff()
                }
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let request = HTTPRequest.private("http://127.0.0.1:\(server.port)/")
            let first = try await client.perform(request).get()
            #expect((first.status, first.retryAfter) == (503, "7"))
            let second = try await client.perform(request).get()
            #expect((second.status, second.retryAfter, second.body) == (200, nil, Array("b".utf8)))
            #expect(await client.perform(request).error?.code == .reset)
        }
    }

    /// Sends one request after another, each of which is to be answered 200.
    private func sendTwenty(to server: LoopbackServer) async throws {
        try await withClient { client in
            for _ in 0..<20 {
                let answer = try await client.perform(.private("http://127.0.0.1:\(server.port)/")).get()
                #expect(answer.status == 200)
            }
        }
    }

    @Test func `a receiver that closes every connection without a word is sent to all the same`() async throws {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("200 OK", body: "ok")
            // The next one comes over this connection, and has to be sent again over another.
            _ = connection.readRequest()
        }
        defer { server.stop() }
        try await sendTwenty(to: server)
        #expect(server.connections == 20)
    }

    @Test
    func `a receiver that resets what it has read is sent to twice at the most, however many connections are kept`()
        async throws
    {
        let asked = Mutex(0)
        let isBad = Mutex(false)
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil {
                asked.withLock { $0 += 1 }
                guard !isBad.withLock({ $0 }) else { return }
                // So long that each of the four needs a connection of its own.
                usleep(100_000)
                connection.answer("200 OK", body: "ok")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let request = HTTPRequest.private("http://127.0.0.1:\(server.port)/")
            await withTaskGroup { group in
                for _ in 0..<4 { group.addTask { _ = await client.perform(request) } }
            }
            #expect(server.connections == 4)
            isBad.withLock { $0 = true }
            asked.withLock { $0 = 0 }
            #expect(await client.perform(request).error?.code == .reset)
            #expect(asked.withLock { $0 } == 2)
        }
    }

    @Test func `connections are kept`() async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer("200 OK", body: "ok") }
        }
        defer { server.stop() }
        try await sendTwenty(to: server)
        #expect(server.connections == 1)
    }

    @Test func `a kept connection that its receiver closes is made anew`() async throws {
        let server = LoopbackServer { connection in
            if connection.readRequest() != nil { connection.answer("200 OK", body: "ok") }
        }
        defer { server.stop() }
        try await withClient { client in
            for _ in 0..<20 {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 {
                        group.addTask {
                            try await client.perform(.private("http://127.0.0.1:\(server.port)/")).get().status
                        }
                    }
                    for try await status in group { #expect(status == 200) }
                }
            }
        }
        #expect(server.connections >= 60)
    }

    @Test func `a redirect is an answer`() async throws {
        let answer = try await exchange(HTTPRequest(url: "")) { connection in
            while connection.readRequest() != nil {
                connection.answer("302 Found", headers: ["Location: http://127.0.0.1:1/"])
            }
        }
        #expect(answer.status == 302)
    }

    @Test func `a long body is cut and the status counts`() async throws {
        let answer = try await exchange(HTTPRequest(url: "", maxResponseBytes: 1000)) { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
            let chunk = [UInt8](repeating: 65, count: 65_536)
            while connection.write(chunk) {}
        }
        #expect(answer.status == 200)
        #expect(answer.body.count == 1000)
        #expect(!answer.isComplete)
    }

    @Test func `a body that never ends is cut at the time limit and the status counts`() async throws {
        let answer = try await exchange(HTTPRequest(url: "", timeout: .milliseconds(300))) { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            connection.waitForEnd()
        }
        #expect(answer == HTTPResponse(status: 200, body: Array("a".utf8), isComplete: false))
    }

    @Test func `no answer in time is a timeout`() async throws {
        let error = await failure(HTTPRequest(url: "", timeout: .milliseconds(200))) { $0.waitForEnd() }
        #expect(error?.code == .timeout)
    }

    @Test func `a request that waits for a connection to the host times out too`() async throws {
        let server = LoopbackServer { $0.waitForEnd() }
        defer { server.stop() }
        try await withClient(CurlClient.Configuration(maxConnectionsPerHost: 1)) { client in
            await withTaskGroup(of: TransferError.Code?.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        var request = HTTPRequest.private("http://127.0.0.1:\(server.port)/")
                        request.timeout = .milliseconds(600)
                        return await client.perform(request).error?.code
                    }
                }
                for await code in group { #expect(code == .timeout) }
            }
        }
    }

    @Test func `a hanging host does not hold up another one`() async throws {
        let hanging = LoopbackServer { $0.waitForEnd() }
        let quick = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer("200 OK") }
        }
        defer {
            hanging.stop()
            quick.stop()
        }
        try await withClient { client in
            let stuck = Task {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 {
                        group.addTask { _ = await client.perform(.private("http://127.0.0.1:\(hanging.port)/")) }
                    }
                }
            }
            let start = ContinuousClock.now
            for _ in 0..<200 {
                let answer = try await client.perform(.private("http://127.0.0.1:\(quick.port)/")).get()
                #expect(answer.status == 200)
            }
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(hanging.connections <= 64)
            stuck.cancel()
            await stuck.value
        }
    }

    @Test func `a broken connection is a reset`() async throws {
        let error = await failure(HTTPRequest(url: "")) { connection in
            _ = connection.readRequest()
            connection.breakOff()
        }
        #expect(error?.code == .reset)
    }

    @Test func `nobody listening is refused`() async throws {
        let gone = ClosedPort()
        try await withClient { client in
            let error = await client.perform(.private("http://127.0.0.1:\(gone.port)/")).error
            #expect(error?.code == .refused)
        }
    }

    @Test func `an unknown host is a matter of dns`() async throws {
        try await withClient { client in
            #expect(await client.perform(.private("http://nobody.invalid/")).error?.code == .dns)
        }
    }

    @Test(arguments: [
        "", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http://a b/", "nonsense://x",
        "http://127.0.0.1:99999/", "http://127.0.0.1\u{0}.example/",
    ])
    func `an address that cannot be used is an invalid request`(_ url: String) async throws {
        try await withClient { client in
            #expect(await client.perform(.private(url)).error?.code == .invalidRequest)
        }
    }

    @Test(arguments: [
        ("X-A", "1\r\nX-B: 2"), ("X-A", "1\nX-B: 2"), ("X-A", "\u{0}"), ("X-A\r\nX-B", "1"), ("X A", "1"), ("", "1"),
    ])
    func `a header cannot smuggle another one in`(_ name: String, _ value: String) async throws {
        try await withClient { client in
            var request = HTTPRequest.private("http://127.0.0.1:1/")
            request.headers = [(name, value)]
            #expect(await client.perform(request).error?.code == .invalidRequest)
        }
    }

    @Test func `what does not speak TLS is a matter of tls`() async throws {
        let server = LoopbackServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForEnd()
        }
        defer { server.stop() }
        try await withClient { client in
            #expect(await client.perform(.private("https://127.0.0.1:\(server.port)/")).error?.code == .tls)
        }
    }

    @Test func `a handshake that the network breaks is a reset`() async throws {
        let server = LoopbackServer { connection in
            connection.breakOff()
            _ = connection.readByte()
        }
        defer { server.stop() }
        try await withClient { client in
            #expect(await client.perform(.private("https://127.0.0.1:\(server.port)/")).error?.code == .reset)
        }
    }
}
