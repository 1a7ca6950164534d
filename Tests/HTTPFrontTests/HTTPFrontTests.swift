import Dispatching
import Glibc
import HTTPFront
import Logging
import ServiceLifecycle
import Testing

@Suite struct HTTPFrontTests {
    @Test func `a request reaches the handler whole`() async throws {
        try await withFront { port in
            let answer = try exchange(
                port: port,
                "POST /v1/a%2Fb?x=%41 HTTP/1.1\r\nHost: x\r\nX-Trace: 1\r\nX-Trace: 2\r\nContent-Length: 2\r\n"
                    + "Connection: close\r\n\r\n{}")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.contains("Content-Type: text/plain\r\n"))
            #expect(answer.contains("POST /v1/a%2Fb x=%41 1, 2 loopback {}"))
        }
    }

    @Test func `every method is taken, and HEAD has no body`() async throws {
        try await withFront { port in
            let made = try exchange(port: port, "PURGE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(made.hasPrefix("HTTP/1.1 200"))
            let head = try exchange(port: port, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200"))
            #expect(head.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `a body that is too large is answered 413`() async throws {
        try await withFront { port in
            let body = String(repeating: "x", count: 101)
            let announced = try exchange(
                port: port,
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\nConnection: close\r\n\r\n\(body)")
            #expect(announced.hasPrefix("HTTP/1.1 413"))
            #expect(announced.contains("too_large"))
            let chunked = try exchange(
                port: port,
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + "65\r\n\(body)\r\n0\r\n\r\n")
            #expect(chunked.hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test func `bodies that together pass the budget are answered 503, and give back what they held`() async throws {
        try await withFront(maximumBufferedBytes: 50) { port in
            for (bytes, status) in [(40, 200), (60, 503), (40, 200), (0, 200)] {
                let answer = try exchange(
                    port: port,
                    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(bytes)\r\nConnection: close\r\n\r\n"
                        + String(repeating: "x", count: bytes))
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
            }
        }
    }

    @Test func `more connections than may be open wait until others end`() async throws {
        try await withFront(maximumConnections: 1) { port in
            let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            let first = try connection(to: port, sending: request)
            #expect(try receive(from: first, within: .seconds(10))?.isEmpty == false)
            let second = try connection(to: port, sending: request)
            #expect(try receive(from: second, within: .milliseconds(300)) == nil)
            close(first)
            #expect(try receive(from: second, within: .seconds(10))?.isEmpty == false)
            close(second)
        }
    }

    @Test(arguments: ["", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"])
    func `a connection on which nothing comes is closed`(_ beginning: String) async throws {
        try await withFront(idleTimeLimit: .milliseconds(300)) { port in
            let answer = try exchange(port: port, beginning)
            #expect(answer.isEmpty)
        }
    }

    @Test func `the body of whoever is refused anyway is not waited for`() async throws {
        try await withFront { port in
            let head = "POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n"
            let connection = try connection(to: port, sending: head + "some of it")
            let answer = try #require(try receive(from: connection, within: .seconds(10)))
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
            close(connection)
        }
    }

    @Test(arguments: [(255, 200), (256, 431)])
    func `of header fields no more are taken than over FastCGI`(more: Int, status: Int) async throws {
        try await withFront { port in
            let fields = (1...more).map { "X-\($0): 1\r\n" }.joined()
            let answer = try exchange(port: port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(fields)\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
        }
    }

    @Test func `a peer that reads no answers is closed, and holds nobody up`() async throws {
        try await withFront(maximumConnections: 1, idleTimeLimit: .milliseconds(300)) { port in
            let deaf = try connection(to: port, sending: "", receiveBuffer: 4096)
            defer { close(deaf) }
            // Long ones, and answers as long: a few of them fill what the kernel keeps of both.
            let query = String(repeating: "q", count: 2000)
            try fill(deaf, with: "GET /?\(query) HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try exchange(port: port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    /// Runs a front that takes bodies of 100 bytes, until the test ends.
    private func withFront(
        maximumConnections: Int = 4096, maximumBufferedBytes: Int = ByteBudget.usual,
        idleTimeLimit: Duration = .seconds(30), _ test: @escaping @Sendable (_ port: Int) throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let front = HTTPFront(
            host: "127.0.0.1", port: 0, maximumBodyBytes: 100, maximumConnections: maximumConnections,
            maximumBufferedBytes: maximumBufferedBytes, idleTimeLimit: idleTimeLimit, handler: Describing(),
            logger: logger
        ) { port.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [front], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let bound = try #require(await ports.first { _ in true })
            let result = await offPool { try test(bound) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }
}

/// Answers with a line that describes the request.
private struct Describing: RequestHandler {
    func admits(_ head: Request) -> Bool { head.path != "/closed" }

    func handle(_ request: Request, respond: @escaping Respond) {
        let words = [
            request.method, request.path, request.query, request.headers["x-trace"] ?? "", "\(request.peer)",
            String(decoding: request.body, as: UTF8.self),
        ]
        respond {
            Response(
                status: 200, headers: [(name: "Content-Type", value: "text/plain")],
                body: Array(words.joined(separator: " ").utf8))
        }
    }
}
