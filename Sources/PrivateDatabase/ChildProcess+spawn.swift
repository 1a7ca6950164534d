import CSpawn
import Glibc

extension ChildProcess {
    /// Starts `command` with posix_spawn(3): no code of ours runs between fork and exec.
    static func spawn(_ command: Command) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, command.inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, command.outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        CSpawn_close_from(&actions, STDERR_FILENO + 1)
        if let directory = command.workingDirectory { CSpawn_change_directory(&actions, directory) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A program expects default signals; this process may ignore SIGPIPE and block others.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var processID: pid_t = 0
        let status = withCStrings([command.executable] + command.arguments) { arguments in
            withCStrings(variables(adding: command.environment)) { variables in
                posix_spawn(&processID, command.executable, &actions, &attributes, arguments, variables)
            }
        }
        guard status == 0 else { throw SpawnError(executable: command.executable, errorNumber: status) }
        return processID
    }

    /// Our environment with `additions`, as `NAME=value`.
    private static func variables(adding additions: [String: String]) -> [String] {
        var variables: [String] = []
        var next = environ
        while let entry = next.pointee {
            let variable = String(cString: entry)
            let name = variable.prefix { $0 != "=" }
            if additions[String(name)] == nil { variables.append(variable) }
            next += 1
        }
        return variables + additions.map { "\($0.key)=\($0.value)" }
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

/// A program could not be started.
package struct SpawnError: Error, CustomStringConvertible {
    package let executable: String
    /// The `errno` of posix_spawn(3).
    package let errorNumber: Int32

    package var description: String {
        "\(executable) could not be started: \(String(cString: strerror(errorNumber)))"
    }
}
