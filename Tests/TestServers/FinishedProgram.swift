import FoundationEssentials
import PrivateDatabase

/// What a short program answered.
public struct FinishedProgram: Sendable {
    /// 0 where it succeeded; 128 and the signal's number where a signal ended it, as a shell says it.
    public let status: Int32
    /// Standard output and standard error, in the order in which they were written.
    public let output: String

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - name: The program, looked for in PATH and where servers are kept, or its path.
    ///   - input: What it reads from standard input.
    ///   - limit: After this time it is killed.
    /// - Throws: ``ServerError`` where it is not installed or takes too long.
    public static func run(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = "",
        within limit: Duration = .seconds(30)
    ) async throws -> FinishedProgram {
        guard let path = name.contains("/") ? name : ProgramSearch.path(ofAny: name) else {
            throw ServerError("\(name) is not installed.")
        }
        return try await withTemporaryDirectory { directory in
            try input.write(toFile: "\(directory)/input", atomically: false, encoding: .utf8)
            var command = ChildProcess.Command(
                path, arguments, environment: environment, outputPath: "\(directory)/output")
            command.inputPath = "\(directory)/input"
            let child = try ChildProcess.start(command)
            let status = await child.waitForExit(within: limit)
            if status == nil { await child.stop(within: .zero) }
            let output = String(
                decoding: FileManager.default.contents(atPath: "\(directory)/output") ?? Data(), as: UTF8.self)
            switch status {
            case .exited(let status): return FinishedProgram(status: status, output: output)
            case .signalled(let signal): return FinishedProgram(status: 128 + signal, output: output)
            case nil: throw ServerError("\(name) still ran after \(limit): \(output)")
            }
        }
    }
}
