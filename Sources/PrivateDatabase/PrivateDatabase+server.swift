import Glibc

extension PrivateDatabase {
    /// How mariadbd is started.
    var serverCommand: ChildProcess.Command {
        var arguments = [
            "--no-defaults",
            "--datadir=\(directory.data)",
            "--tmpdir=\(directory.temporaryFiles)",
            "--socket=\(socketPath)",
            "--pid-file=\(directory.path)/mariadbd.pid",
            "--init-file=\(directory.startStatements)",
            "--skip-networking",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-buffer-pool-size=\(options.bufferPoolBytes)",
            "--innodb-log-file-size=\(options.redoLogBytes)",
            "--transaction-isolation=READ-COMMITTED",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--default-time-zone=+00:00",
            "--max-allowed-packet=64M",
        ]
        // mariadbd refuses to run as root unless told so.
        if geteuid() == 0 { arguments.append("--user=\(userName)") }
        return ChildProcess.Command(
            programs.server, arguments + options.extraArguments, environment: options.environment,
            outputPath: directory.serverLog)
    }

    /// Returns when the server greets, which it does after `--init-file` has run.
    func waitUntilReady(_ server: ChildProcess, before deadline: ContinuousClock.Instant) async throws {
        while true {
            if let status = server.exitStatus {
                throw PrivateDatabaseError(
                    .didNotStart, "mariadbd ended with \(status). \(LogTail.lastLines(of: directory.serverLog))")
            }
            if try await ServerGreeting.arrives(at: socketPath, before: deadline) { return }
            if ContinuousClock.now >= deadline {
                throw PrivateDatabaseError(
                    .didNotStart,
                    "mariadbd did not answer within \(options.startLimit). \(LogTail.lastLines(of: directory.serverLog))"
                )
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
