public import MariaDBClient
public import PrivateDatabase
import TestServers
public import Testing

/// Runs one private MariaDB for as long as a suite and the suites in it take.
public struct DatabaseTrait: SuiteTrait, TestScoping {
    @TaskLocal static var running: PrivateDatabase?

    /// The server of the suite that the current test belongs to.
    static var server: PrivateDatabase {
        get throws {
            guard let running else { throw ServerError("The suite has no .database trait.") }
            return running
        }
    }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await TestDatabase.with { options in
            // Tests kill the server at most, never the machine.
            options.extraArguments = ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"]
        } _: { server in
            try await Self.$running.withValue(server) { try await function() }
        }
    }
}

extension Trait where Self == DatabaseTrait {
    /// A MariaDB of the suite's own.
    public static var database: Self { Self() }
}

extension DatabaseConfiguration {
    /// How to reach a private server.
    public init(_ server: PrivateDatabase) {
        self.init(socketPath: server.socketPath, database: server.databaseName, user: server.userName)
    }
}
