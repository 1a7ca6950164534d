import CurlClient
import LoopbackServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct AddressGuardTests {
    @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
    func `a private address is not connected to, however it is written`(_ host: String) async throws {
        let server = LoopbackServer { $0.answer("200 OK") }
        defer { server.stop() }
        try await withClient { client in
            let answer = await client.perform(HTTPRequest(url: "http://\(host):\(server.port)/"))
            #expect(answer.error?.code == .forbiddenAddress)
        }
        #expect(server.connections == 0)
    }

    @Test func `an allowed range lets its addresses through`() async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer("200 OK") }
        }
        defer { server.stop() }
        let ranges = [try #require(AddressRange("127.0.0.0/8"))]
        try await withClient(CurlClient.Configuration(allowedRanges: ranges)) { client in
            let answer = await client.perform(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"))
            #expect(answer.error == nil)
        }
    }

    @Test func `a connection that another request opened is not a way around the guard`() async throws {
        let seen = Recorded<ReceivedRequest>()
        let server = LoopbackServer { connection in
            while let request = connection.readRequest() {
                seen.append(request)
                connection.answer("200 OK")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let url = "http://127.0.0.1:\(server.port)/"
            let allowed = try await client.perform(.private(url)).get()
            #expect(allowed.status == 200)
            #expect(await client.perform(HTTPRequest(url: url)).error?.code == .forbiddenAddress)
        }
        #expect(seen.all.count == 1)
    }
}
