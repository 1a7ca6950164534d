import MariaDBClient
import QueueFixtures
import Testing

/// The client against a real server.
@Suite(.database, .timeLimit(.minutes(2))) struct MariaDBClientTests {}

/// Runs `body` with a table `n BIGINT AUTO_INCREMENT PRIMARY KEY, t LONGTEXT` that is called as `{t}` is replaced.
func withTable<Result>(_ body: (TestQueue) async throws -> Result) async throws -> Result {
    try await TestQueue.with(isMigrated: false) { queue in
        try await queue.execute(
            "CREATE TABLE {t} (n BIGINT AUTO_INCREMENT PRIMARY KEY, t LONGTEXT CHARACTER SET utf8mb4) ENGINE = InnoDB")
        return try await body(queue)
    }
}
