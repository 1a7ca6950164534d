// `environ` is a plain variable of C. Nothing here changes the environment once the process runs.
@preconcurrency import Glibc

/// The variables that the process was started with (environ(7)).
///
/// Foundation's `ProcessInfo` has them too, for half a millisecond of every cron run.
enum ProcessEnvironment {
    /// Values that are no UTF-8 are repaired. Of a name that is there twice, the first one counts, as for getenv(3).
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, variables[String(parts[0])] == nil { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}
