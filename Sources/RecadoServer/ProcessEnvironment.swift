// `environ` is a plain variable of C. Nothing here changes the environment once the process runs.
@preconcurrency import Glibc

/// The variables that the process was started with (environ(7)).
///
/// Foundation's `ProcessInfo` has them too, for half a millisecond of every cron run.
enum ProcessEnvironment {
    /// What is no UTF-8 is repaired. Of a name that is there twice, the first one counts, as for getenv(3).
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            // Bytes: what follows may combine with the sign to another character.
            let parts = String(cString: text).utf8.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
            ).map { String(decoding: $0, as: UTF8.self) }
            if parts.count == 2, variables[parts[0]] == nil { variables[parts[0]] = parts[1] }
            entry += 1
        }
        return variables
    }
}
