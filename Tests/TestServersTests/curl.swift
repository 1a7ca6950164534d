import FoundationEssentials
import TestServers

/// Calls curl; the answer's status is the last line of what it prints.
func curl(_ arguments: String..., input: String = "") async throws -> (status: Int, body: String) {
    let program = try await FinishedProgram.run(
        "curl", ["--silent", "--show-error", "--max-time", "10", "--write-out", "\\n%{http_code}"] + arguments,
        input: input)
    guard program.status == 0 else { throw ServerError("curl ended with \(program.status): \(program.output)") }
    let lines = program.output.split(separator: "\n", omittingEmptySubsequences: false)
    return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
}
