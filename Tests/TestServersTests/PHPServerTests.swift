import FoundationEssentials
import TestServers
import Testing

@Suite("A PHP site", .timeLimit(.minutes(1)))
struct PHPServerTests {
    @Test("runs its scripts")
    func runsScripts() async throws {
        try await withTemporaryDirectory { directory in
            try "<?php echo getenv('GREETING'), ' ', file_get_contents('php://input');"
                .write(toFile: "\(directory)/hello.php", atomically: false, encoding: .utf8)
            try await PHPServer.with(documentRoot: directory, environment: ["GREETING": "hello"]) { running in
                let answer = try await curl("\(running.url)/hello.php", "--data", "world")
                #expect(answer == (200, "hello world"))
            }
        }
    }
}
