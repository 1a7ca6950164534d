import PrivateDatabase
import TestServers
import Testing

@Suite("A test database", .timeLimit(.minutes(1)))
struct TestDatabaseTests {
    @Test("answers queries and is gone afterwards")
    func answersQueries() async throws {
        let processID = try await TestDatabase.with(named: "shop") { database in
            #expect(try await database.query("SELECT DATABASE(), '€'") == "shop\t€\n")
            return try #require(database.processID)
        }
        let probe = try await FinishedProgram.run("sh", ["-c", "kill -0 \(processID)"])
        #expect(probe.status != 0)
    }
}
