import FoundationEssentials
import Glibc
import Logging
import PrivateDatabase
import TestServers
import Testing

@Suite("A private database", .timeLimit(.minutes(2)))
struct PrivateDatabaseTests {
    @Test("answers when start returns, with the settings that the product asks for")
    func answersWithItsSettings() async throws {
        try await withTemporaryDirectory { directory in
            let database = try await start(in: directory)
            let answer = try await database.query(
                """
                SELECT DATABASE(), CURRENT_USER(), @@tx_isolation, @@time_zone, @@character_set_server, \
                @@innodb_flush_log_at_trx_commit, @@max_allowed_packet, @@skip_networking
                """)
            await database.stop()
            #expect(
                answer == "recado\t\(database.userName)@localhost\tREAD-COMMITTED\t+00:00\tutf8mb4\t1\t67108864\t1\n")
        }
    }

    @Test("keeps what was committed when it is killed and restarted")
    func keepsCommittedRows() async throws {
        try await withTemporaryDirectory { directory in
            let database = try await start(in: directory)
            _ = try await database.query("CREATE TABLE t (n INT) ENGINE=InnoDB; INSERT INTO t VALUES (7)")
            let first = try #require(database.processID)
            await database.kill()
            #expect(database.processID == nil)
            #expect(kill(first, 0) == -1)
            try await database.restart()
            let answer = try await database.query("SELECT n FROM t")
            await database.stop()
            #expect(answer == "7\n")
        }
    }

    @Test("stops a server that an earlier run left behind")
    func stopsOrphans() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await start(in: directory)
            await first.stop()
            // The same arguments as ours, but nobody holds the directory's lock: what kill -9 of the owner leaves.
            let orphan = try ChildProcess.start(
                ChildProcess.Command(
                    try #require(ProgramSearch.path(ofAny: "mariadbd")),
                    [
                        "--no-defaults", "--datadir=\(realPath(directory))/data", "--skip-networking",
                        "--socket=\(directory)/mariadbd.sock", "--user=\(first.userName)",
                    ], outputPath: "\(directory)/orphan.log"))
            try await waitUntil("the orphan listens") { access("\(directory)/mariadbd.sock", F_OK) == 0 }
            let second = try await start(in: directory)
            #expect(orphan.exitStatus != nil)
            let answer = try await second.query("SELECT 1")
            await second.stop()
            #expect(answer == "1\n")
        }
    }

    @Test("is refused where another owner lives")
    func refusesTwoOwners() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await start(in: directory)
            await #expect {
                _ = try await start(in: directory)
            } throws: { error in
                (error as? PrivateDatabaseError)?.code == .inUse
            }
            await first.stop()
        }
    }

    @Test("has a short socket path however deep its directory is")
    func shortensTheSocketPath() async throws {
        try await withTemporaryDirectory { directory in
            let deep = directory + "/" + String(repeating: "deep", count: 40)
            let database = try await start(in: deep)
            #expect(database.socketPath.utf8.count <= 107)
            let answer = try await database.query("SELECT 1")
            await database.stop()
            #expect(answer == "1\n")
            #expect(access(database.socketPath, F_OK) == -1)
        }
    }

    @Test("quotes the server's log where it does not start, and leaves nothing running")
    func quotesTheLog() async throws {
        try await withTemporaryDirectory { directory in
            var options = TestDatabase.smallOptions
            options.extraArguments = ["--no-such-option"]
            await #expect {
                _ = try await PrivateDatabase.start(
                    dataDirectory: directory, logger: Logger(label: "test"), options: options)
            } throws: { error in
                "\(error)".contains("unknown option '--no-such-option'")
            }
            try await start(in: directory).stop()
        }
    }

    @Test("refuses a name that would need quoting", arguments: ["", "a`b", "a b", String(repeating: "x", count: 65)])
    func refusesStrangeNames(name: String) async throws {
        try await withTemporaryDirectory { directory in
            await #expect {
                _ = try await PrivateDatabase.start(
                    dataDirectory: directory, database: name, logger: Logger(label: "test"))
            } throws: { error in
                (error as? PrivateDatabaseError)?.code == .invalidOptions
            }
        }
    }

    private func start(in directory: String) async throws -> PrivateDatabase {
        try await PrivateDatabase.start(
            dataDirectory: directory, logger: Logger(label: "test"), options: TestDatabase.smallOptions)
    }

    private func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
