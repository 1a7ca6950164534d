import PrivateDatabase
import TestServers
import Testing

/// One MariaDB for all tests of a suite. Each ``Site`` starts with an empty database in it.
struct SharedDatabase: SuiteTrait, TestScoping {
    @TaskLocal static var current: PrivateDatabase?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            try await Self.$current.withValue(database) { try await function() }
        }
    }
}

extension Trait where Self == SharedDatabase {
    static var sharedDatabase: Self { SharedDatabase() }
}
