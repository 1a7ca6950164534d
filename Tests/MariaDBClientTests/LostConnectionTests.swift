import LoopbackServers
import MariaDBClient
import PrivateDatabase
import QueueFixtures
import TestServers
import Testing

extension MariaDBClientTests {
    @Suite struct LostConnections {
        @Test func `a killed connection is lost once, then there is a new one`() async throws {
            try await withTable { queue in
                let other = queue.anotherDatabase()
                let old = try await queue.database.run { $0.serverThreadID }
                try await other.run { try $0.execute("KILL \(old)") }
                let error = await #expect(throws: DatabaseError.self) { _ = try await queue.count("{t}") }
                #expect(error?.isConnectionLost == true)
                #expect(error?.isConflict == false)
                #expect(try await queue.count("{t}") == 0)
                let new = try await queue.database.run { $0.serverThreadID }
                #expect(new != old)
                await other.close()
            }
        }

        @Test func `over TLS a server that dies is a lost connection, too, and what becomes of a COMMIT unknown`()
            async throws
        {
            try await withTemporaryDirectory { directory in
                let certificate = try await Certificate.make(in: directory)
                try await TestDatabase.with { options in
                    options.extraArguments = ["--ssl-cert=\(certificate.path)", "--ssl-key=\(certificate.keyPath)"]
                } _: { server in
                    var configuration = DatabaseConfiguration(server)
                    configuration.transportSecurity = .on
                    let database = Database(configuration, name: "tls")
                    let cipher = try await database.run { try $0.rows("SHOW STATUS LIKE 'Ssl_cipher'") { $0.text(1) } }
                    #expect(cipher.first?.isEmpty == false)
                    let committing = Task {
                        try await database.run { connection in
                            try connection.transaction { connection in
                                var script = Script()
                                script.add("DO SLEEP(60)")
                                try connection.commit(with: script)
                            }
                        }
                    }
                    let sleeping = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'"
                    try await waitUntil("it is under way") { try await server.query(sleeping) == "1\n" }
                    await server.kill()
                    let error = await #expect(throws: DatabaseError.self) { try await committing.value }
                    #expect(error?.isConnectionLost == true, "\(String(describing: error))")
                    #expect(error?.isCommitUnknown == true)
                    await database.close()
                }
            }
        }

        @Test func `a transaction whose connection is killed leaves nothing`() async throws {
            try await withTable { queue in
                let insert = queue.named("INSERT INTO {t} (t) VALUES ('x')")
                let error = await #expect(throws: DatabaseError.self) {
                    try await queue.database.run { connection in
                        try connection.transaction { connection in
                            try connection.execute(insert)
                            try connection.execute("KILL CONNECTION_ID()")
                            try connection.execute(insert)
                        }
                    }
                }
                #expect(error?.isConnectionLost == true)
                let count = try await queue.count("{t}")
                #expect(count == 0)
            }
        }

        @Test func `an error in the answer to COMMIT says that it may have happened`() async throws {
            try await withTable { queue in
                let other = queue.anotherDatabase()
                let insert = queue.named("INSERT INTO {t} (t) VALUES ('x')")
                let error = await #expect(throws: DatabaseError.self) {
                    try await queue.database.run { connection in
                        try connection.transaction { connection in
                            try connection.execute(insert)
                            let number = connection.serverThreadID
                            // Killed by somebody else, so that it shows at the COMMIT only.
                            let isKilled = Result {
                                try waitFor { try await other.run { try $0.execute("KILL \(number)") } }
                            }
                            try isKilled.get()
                        }
                    }
                }
                #expect(error?.isCommitUnknown == true)
                await other.close()
            }
        }

        @Test func `no server, no connection, and a class for it`() async throws {
            var configuration = DatabaseConfiguration()
            configuration.socketPath = "/nonexistent/socket"
            let database = Database(configuration, name: "none")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.run { try $0.execute("SELECT 1") }
            }
            #expect(error?.isConnectionLost == true)
        }

        @Test func `who waits while connecting fails is told at once, who comes later has it tried again`() async throws
        {
            let server = LoopbackServer { _ in }
            defer { server.stop() }
            var configuration = DatabaseConfiguration()
            configuration.host = "127.0.0.1"
            configuration.port = server.port
            let database = Database(configuration, name: "refused")
            let connections = await withCheckedContinuation { continuation in
                database.enqueue { session in
                    func fails(asked: ContinuousClock.Instant) -> Int {
                        #expect(throws: DatabaseError.self) { try session.run(asked: asked) { _ in } }
                        return server.connections
                    }
                    let start = ContinuousClock.now
                    continuation.resume(returning: [fails(asked: start), fails(asked: start), fails(asked: .now)])
                }
            }
            #expect(connections == [1, 1, 2])
        }

        @Test func `errors have their class`() async throws {
            try await withTable { queue in
                let missing = await #expect(throws: DatabaseError.self) {
                    try await queue.execute("SELECT 1 FROM {nope}")
                }
                #expect(missing?.isMissingTable == true)
                #expect(missing?.isConnectionLost == false)
                let column = await #expect(throws: DatabaseError.self) {
                    try await queue.execute("SELECT nope FROM {t}")
                }
                #expect(column?.isMissingTable == true)
                let syntax = await #expect(throws: DatabaseError.self) { try await queue.execute("SELEKT") }
                #expect(syntax?.code == 1064)
                #expect(syntax?.isMissingTable == false)
                #expect(DatabaseError(code: 1205, message: "").isConflict)
                #expect(DatabaseError(code: 1020, message: "").isConflict)
            }
        }
    }
}
