import CurlClient
import LoopbackServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func `cancelling the task ends the transfer and its connection`() async throws {
        let arrived = Recorded<Void>()
        let ended = Recorded<Void>()
        let server = LoopbackServer { connection in
            _ = connection.readRequest()
            arrived.append(())
            connection.waitForEnd()
            ended.append(())
        }
        defer { server.stop() }
        try await withClient { client in
            let task = Task { await client.perform(.private("http://127.0.0.1:\(server.port)/")) }
            await arrived.wait(for: 1)
            task.cancel()
            #expect(await task.value.error?.code == .cancelled)
            await ended.wait(for: 1)
        }
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let server = LoopbackServer { $0.waitForEnd() }
        defer { server.stop() }
        try await withClient { client in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await client.perform(.private("http://127.0.0.1:\(server.port)/"))
            }
            #expect(await task.value.error?.code == .cancelled)
        }
        #expect(server.connections == 0)
    }

    @Test func `a request whose time to begin is over sends nothing`() async throws {
        let server = LoopbackServer { $0.waitForEnd() }
        defer { server.stop() }
        try await withClient { client in
            var request = HTTPRequest.private("http://127.0.0.1:\(server.port)/")
            request.notAfter = .now
            #expect(await client.perform(request).error?.code == .cancelled)
        }
        #expect(server.connections == 0)
    }

    @Test func `shutting down cancels what is under way and refuses what comes later`() async throws {
        let arrived = Recorded<Void>()
        let server = LoopbackServer { connection in
            arrived.append(())
            connection.waitForEnd()
        }
        defer { server.stop() }
        let client = makeClient()
        let task = Task { await client.perform(.private("http://127.0.0.1:\(server.port)/")) }
        await arrived.wait(for: 1)
        await client.shutdown()
        #expect(await task.value.error?.code == .cancelled)
        #expect(await client.perform(.private("http://127.0.0.1:\(server.port)/")).error?.code == .cancelled)
        await client.shutdown()
    }

    @Test func `many cancellations at random moments leave nobody waiting`() async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer("200 OK") }
        }
        defer { server.stop() }
        try await withClient { client in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<400 {
                    let task = Task { await client.perform(.private("http://127.0.0.1:\(server.port)/")) }
                    group.addTask {
                        if index % 3 == 0 { await Task.yield() }
                        if index % 2 == 0 { task.cancel() }
                        let code = await task.value.error?.code
                        #expect(code == nil || code == .cancelled)
                    }
                }
            }
        }
    }
}
