import FoundationEssentials
import PrivateDatabase

/// What both sinks share: a Python script that writes its port and what it received into a directory.
enum SinkProgram {
    static func with<Result>(
        script: String, directory: String, arguments: [String], isolation: isolated (any Actor)? = #isolation,
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        // Debian's own interpreter: aiosmtpd is a package of Debian's.
        let command = ChildProcess.Command(
            "/usr/bin/python3", ["-B", RepositoryFiles.script(script), directory] + arguments,
            outputPath: "\(directory)/output.log")
        var port: Int?
        return try await RunningProgram.with(
            command,
            isReady: {
                let content = FileManager.default.contents(atPath: "\(directory)/port") ?? Data()
                port = Int(String(decoding: content, as: UTF8.self))
                return port != nil
            }
        ) { _ in
            try await body(port ?? 0)
        }
    }

    /// Replaces the file that tells the script how to answer.
    static func control(_ answers: [String: String], in directory: String) throws {
        try JSONEncoder().encode(answers).write(to: URL(filePath: "\(directory)/control.json"), options: .atomic)
    }
}
