import MariaDBClient
import PrivateDatabase
import QueueFixtures
import TestServers
import Testing

extension MariaDBClientTests {
    @Suite struct Sessions {
        /// What an administrator may have set for everybody, each of which would change what our statements mean.
        private static let unusual = """
            SET GLOBAL autocommit = 0, completion_type = 'CHAIN', sql_select_limit = 1, sql_safe_updates = 1, sql_big_selects = 0,
                max_join_size = 1, time_zone = '+02:00', tx_isolation = 'SERIALIZABLE', sql_mode = 'ANSI_QUOTES'
            """

        @Test func `a session means what it says, whatever the server is set to`() async throws {
            try await TestDatabase.with { options in
                options.extraArguments = [
                    "--character-set-server=latin1", "--collation-server=latin1_swedish_ci",
                    "--skip-character-set-client-handshake",
                ]
            } _: { server in
                _ = try await server.query(
                    "CREATE TABLE t (n INT NOT NULL, t VARCHAR(9) CHARSET utf8mb4) ENGINE = InnoDB")
                _ = try await server.query(Self.unusual)
                let database = Database(DatabaseConfiguration(server), name: "session")
                try await database.run { connection in
                    try connection.transaction { try $0.execute("INSERT INTO t VALUES (1, 'São 😀')") }
                    try connection.query("INSERT INTO t VALUES (2, ?)", [.text("São 😀")])
                    try connection.execute("UPDATE t SET n = n + 1")
                    let rows = try connection.rows("SELECT a.t FROM t a JOIN t b") { $0.text(0) }
                    #expect(rows == Array(repeating: "São 😀", count: 4))
                    #expect(try connection.rows("SELECT @@time_zone") { $0.text(0) } == ["+00:00"])
                    #expect(try connection.rows("SELECT @@tx_isolation") { $0.text(0) } == ["READ-COMMITTED"])
                    #expect(throws: DatabaseError.self) {
                        try connection.execute("INSERT INTO t VALUES (\"no number\", '')")
                    }
                }
                // Committed, and as it was meant.
                let seen =
                    "SET SESSION sql_select_limit = 9, sql_big_selects = 1; SELECT COUNT(*), MIN(HEX(t)), MAX(HEX(t)) FROM t"
                #expect(try await server.query(seen) == "2\t53C3A36F20F09F9880\t53C3A36F20F09F9880\n")
                await database.close()
            }
        }

        @Test(arguments: [DatabaseConfiguration.TransportSecurity.on, .verify])
        func `a server without TLS is not talked to where TLS is asked for`(
            _ security: DatabaseConfiguration.TransportSecurity
        ) async throws {
            try await TestDatabase.with { server in
                var configuration = DatabaseConfiguration(server)
                configuration.transportSecurity = security
                let database = Database(configuration, name: "tls")
                await #expect(throws: DatabaseError.self) { try await database.run { try $0.execute("SELECT 1") } }
                await database.close()
            }
        }
    }
}
