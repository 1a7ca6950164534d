import Logging
public import PrivateDatabase

/// A private MariaDB for a test, small and in a temporary directory.
public enum TestDatabase {
    /// Starts a server, runs `body` with it, and stops it.
    ///
    /// - Parameter configure: Changes the options; the pool has 32 MiB and the redo log 16 MiB before.
    public static func with<Result>(
        named name: String = "recado", configure: (inout PrivateDatabaseOptions) -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation, _ body: (PrivateDatabase) async throws -> Result
    ) async throws -> Result {
        var options = smallOptions
        configure(&options)
        return try await withTemporaryDirectory { directory in
            let database = try await PrivateDatabase.start(
                dataDirectory: directory, database: name, logger: Logger(label: "test-database"), options: options)
            do {
                let result = try await body(database)
                await database.stop()
                return result
            } catch {
                await database.stop()
                throw error
            }
        }
    }

    /// Sizes that start fast and leave room for other tests.
    public static var smallOptions: PrivateDatabaseOptions {
        var options = PrivateDatabaseOptions()
        options.bufferPoolBytes = 32 << 20
        options.redoLogBytes = 16 << 20
        return options
    }
}

extension PrivateDatabase {
    /// Runs SQL through the `mariadb` program, so that a test can look without the client it tests.
    ///
    /// - Returns: One line a row, columns separated by tabs.
    public func query(_ statements: String) async throws -> String {
        let client = try await FinishedProgram.run(
            "mariadb",
            [
                "--no-defaults", "--socket=\(socketPath)", "--user=\(userName)", "--database=\(databaseName)",
                "--default-character-set=utf8mb4", "--batch", "--skip-column-names",
            ], input: statements)
        guard client.status == 0 else { throw ServerError(client.output) }
        return client.output
    }
}
