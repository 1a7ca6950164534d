import FastCGIFront
import Glibc
import Testing

/// Whatever a peer sends, the process lives and others are served.
@Suite struct HostilePeerTests {
    private static func parameters(_ lengths: [UInt8]) -> [UInt8] {
        Records.begin() + Records.record(4, lengths + Array("NAMEvalue".utf8)) + Records.record(4)
    }

    static let unsound: [(String, [UInt8])] = [
        ("lengths whose sum passes 2^31", parameters([0xc0, 0, 0, 0, 0xc0, 0, 0, 0])),
        ("lengths whose sum is 2^31", parameters([0xff, 0xff, 0xff, 0xfe, 0x02])),
        ("lengths beyond the end", parameters([4, 6])),
        ("a length cut off", Records.begin() + Records.record(4, [0x80, 0]) + Records.record(4)),
        ("a wrong version", Records.record(1, [0, 1, 1, 0, 0, 0, 0, 0], version: 2)),
        ("a begin that is too short", Records.record(1, [0, 1, 1])),
        ("request id 0", Records.record(1, id: 0, [0, 1, 1, 0, 0, 0, 0, 0])),
        ("the same request begun twice", Records.begin() + Records.begin()),
        ("a body before the parameters' end", Records.begin() + Records.record(5, [1])),
        ("parameters after their end", Records.head(length: nil) + Records.record(4, [1, 1, 65, 66])),
        ("an answer", Records.begin() + Records.record(6, [1])),
        ("a filter's data", Records.head(length: nil) + Records.record(8, [1])),
        ("a management record that is too long", Records.record(9, id: 0, [UInt8](repeating: 0, count: 2_000))),
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
        (
            "too many parameters",
            Records.begin()
                + Records.stream(4, Array(repeatElement(Records.pair("HTTP_X", "0123456789"), count: 5_000).joined()))
        ),
    ]

    @Test func `parameters in records of a byte each are closed when they take too much`() async throws {
        try await RunningFront.with { front in
            let pairs =
                Records.pair("REQUEST_URI", "/hello")
                + (0..<4).flatMap { Records.pair("HTTP_X\($0)", String(repeating: "x", count: 4_000)) }
            let client = try front.connect()
            let small = Records.begin() + Records.stream(4, pairs, cut: 64) + Records.body([])
            #expect(try client.ask(small).status == 200)
            let tiny = try front.connect()
            try? tiny.send(Records.begin() + Records.stream(4, pairs, cut: 1))
            #expect(try tiny.isClosed())
            #expect(try front.isServing())
        }
    }

    @Test func `as many header fields as are taken are served, more are refused`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            let fields = (0..<257).map { ("HTTP_A\($0)", "") }
            #expect(try client.ask(Records.request(extra: fields.dropLast())).status == 200)
            let refused = try client.ask(Records.request(extra: fields))
            #expect(refused.status == 431)
            #expect(try client.ask(Records.request()).status == 200)
        }
    }

    @Test(arguments: unsound)
    func `an unsound request is closed`(name: String, bytes: [UInt8]) async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            try? client.send(bytes)
            #expect(try client.isClosed())
            #expect(try front.isServing())
        }
    }

    @Test func `an authorizer is told that we are none`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            let answer = try client.ask(Records.begin(role: 2) + Records.parameters([("REQUEST_URI", "/")]))
            #expect(answer.protocolStatus == 3)
            #expect(try client.ask(Records.request(id: 2)).status == 200)
            let once = try front.connect()
            #expect(try once.ask(Records.begin(role: 3, keep: false)).protocolStatus == 3)
            #expect(try once.isClosed())
        }
    }

    @Test(arguments: [0, 5])
    func `GET_VALUES is answered, padded or not, at rest and inside a body`(padding: Int) async throws {
        let names = ["FCGI_MAX_CONNS", "FCGI_MPXS_CONNS", "OTHER"] + Array(repeating: "FCGI_MAX_REQS", count: 12)
        let query = Records.record(9, id: 0, names.flatMap { Records.pair($0, "") }, padding: padding)
        let expected =
            Records.pair("FCGI_MAX_CONNS", "4096") + Records.pair("FCGI_MAX_REQS", "4096")
            + Records.pair("FCGI_MPXS_CONNS", "0")
        try await RunningFront.with { front in
            let client = try front.connect()
            try client.send(query)
            let atRest = try #require(try client.receiveRecord())
            #expect(atRest.kind == 10)
            #expect(atRest.content == expected)
            try client.send(Records.head(length: "2") + Records.record(5, [0x7b]) + query)
            #expect(try client.receiveRecord()?.content == expected)
            try client.send(Records.record(5, [0x7d]) + Records.record(5))
            #expect(try client.receive().text == "{}")
        }
    }

    @Test func `an unknown management record is answered as such`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            try client.send(Records.record(99, id: 0, [1, 2, 3]))
            let record = try #require(try client.receiveRecord())
            #expect(record.kind == 11)
            #expect(record.content.first == 99)
        }
    }

    @Test func `an aborted request ends and the connection goes on`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            let ended = try client.ask(Records.head(length: "9") + Records.record(5, [1]) + Records.abort())
            #expect(ended.status == 0)
            #expect(ended.protocolStatus == 0)
            #expect(try client.ask(Records.request()).status == 200)
        }
    }

    @Test func `an abort while the handler works changes nothing`() async throws {
        let handler = Withholding()
        try await RunningFront.with(handler: handler) { front in
            let client = try front.connect()
            try client.send(Records.request())
            handler.waitForRequests(1)
            try client.send(Records.abort())
            handler.answer()
            #expect(try client.receive().text == "late")
            try client.send(Records.request())
            handler.waitForRequests(1)
            handler.answer()
            #expect(try client.receive().text == "late")
        }
    }

    @Test func `a request inside another is refused and the first is served`() async throws {
        try await RunningFront.with { front in
            let client = try front.connect()
            try client.send(Records.head(id: 1, length: "2") + Records.record(5, id: 1, [0x7b]))
            let refused = try client.ask(Records.request(id: 2))
            #expect(refused.requestID == 2)
            #expect(refused.protocolStatus == 1)
            try client.send(Records.record(5, id: 1, [0x7d]) + Records.record(5, id: 1))
            let served = try client.receive()
            #expect(served.requestID == 1)
            #expect(served.text == "{}")
        }
    }

    @Test func `a head that does not come in time is closed`() async throws {
        try await RunningFront.with(configure: { $0.headTimeLimit = .milliseconds(300) }) { front in
            let slow = try front.connect()
            try slow.send(Array(Records.begin().prefix(5)))
            let resting = try front.connect()
            #expect(try resting.ask(Records.request()).status == 200)
            #expect(try slow.isClosed())
            #expect(try resting.ask(Records.request()).status == 200)
        }
    }

    @Test func `a peer that does not read its answer is closed in time`() async throws {
        try await RunningFront.with(handler: Bulk(), configure: { $0.stallTimeLimit = .milliseconds(300) }) { front in
            let deaf = try front.connect()
            try deaf.send(Records.request("GET", "/?30000000"))
            #expect(try front.isServing())
            var news = pollfd(fd: deaf.descriptor, events: 0, revents: 0)
            #expect(poll(&news, 1, 10_000) == 1)
        }
    }

    @Test func `a peer that goes away while the handler works hurts nobody`() async throws {
        let handler = Withholding()
        try await RunningFront.with(handler: handler) { front in
            for _ in 0..<5 {
                var client: FastCGIClient? = try front.connect()
                try client?.send(Records.request())
                handler.waitForRequests(1)
                client = nil
            }
            handler.answer()
            let next = try front.connect()
            try next.send(Records.request())
            handler.waitForRequests(1)
            handler.answer()
            #expect(try next.receive().text == "late")
        }
    }
}
