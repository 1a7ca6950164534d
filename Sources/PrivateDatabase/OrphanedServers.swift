import FoundationEssentials
import Glibc

/// What an earlier run of ours left behind when it was killed: a mariadbd, or an unfinished mariadb-install-db.
///
/// They are found by the data directory in their arguments (`/proc/<pid>/cmdline`), not by a pid file: a number in a file may
/// belong to somebody else by now. Whoever calls this holds the directory's lock, so no owner of theirs lives.
enum OrphanedServers {
    /// Stops every process that was started with `--datadir=` and one of `directories`: SIGTERM, and SIGKILL after 5 s, which
    /// costs the next start its crash recovery and no data. mariadbd may miss a SIGTERM while it starts.
    ///
    /// - Returns: How many there were.
    /// - Throws: ``PrivateDatabaseError`` with `inUse` where one survives, because it is another user's; `CancellationError`.
    static func stop(using directories: [String]) async throws -> Int {
        let count = find(using: directories).count
        for signal in [SIGTERM, SIGKILL] {
            for process in find(using: directories) { kill(process, signal) }
            let deadline = ContinuousClock.now + .seconds(5)
            // They are nobody's children any more, so there is nothing to wait on but their names in /proc.
            while ContinuousClock.now < deadline {
                if find(using: directories).isEmpty { return count }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        throw PrivateDatabaseError(
            .inUse, "A server that an earlier run left behind on \(directories[0]) does not end.")
    }

    private static func find(using directories: [String]) -> [pid_t] {
        let wanted = Set(directories.map { "--datadir=\($0)" })
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { process in
            guard let commandLine = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else {
                return false
            }
            return commandLine.split(separator: 0).contains { wanted.contains(String(decoding: $0, as: UTF8.self)) }
        }
    }
}
