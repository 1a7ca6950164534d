package import PrivateDatabase

/// Runs a server beside a test.
package enum RunningProgram {
    /// Starts `command`, waits until it is ready, runs `body`, and stops the program, whatever `body` does.
    ///
    /// - Parameters:
    ///   - command: The program. Its output file is quoted where it does not start.
    ///   - logs: More files to quote.
    ///   - isReady: Asked every 10 ms.
    ///   - limit: How long it may take to become ready.
    /// - Throws: ``ServerError`` where it ends or is not ready in time; what `body` throws.
    package static func with<Result>(
        _ command: ChildProcess.Command, logs: [String] = [], within limit: Duration = .seconds(30),
        isolation: isolated (any Actor)? = #isolation, isReady: () async throws -> Bool,
        _ body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        let child = try ChildProcess.start(command)
        do {
            do {
                try await waitUntil("\(command.executable) is ready", within: limit) {
                    if let status = child.exitStatus {
                        throw ServerError("\(command.executable) ended with \(status).")
                    }
                    return try await isReady()
                }
            } catch let error as ServerError {
                let tails = ([command.outputPath] + logs).map { LogTail.lastLines(of: $0) }
                throw ServerError(([error.description] + tails).joined(separator: "\n"))
            }
            let result = try await body(child)
            await child.stop()
            return result
        } catch {
            await child.stop()
            throw error
        }
    }
}
