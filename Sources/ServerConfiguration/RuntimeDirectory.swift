import Glibc

/// Where processes of one installation find each other: locks, the doorbell.
public enum RuntimeDirectory {
    /// The folder to use. It may have to be made.
    ///
    /// - Parameter configured: `worker.runtime_directory`; wins where it is set.
    /// - Returns: `/run/recado` where that is a folder that this process may write to, else `$TMPDIR/recado-<uid>`.
    public static func path(configured: String?, environment: [String: String]) -> String {
        if let configured { return configured }
        if access("/run/recado", W_OK | X_OK) == 0 { return "/run/recado" }
        var temporary = environment["TMPDIR"] ?? ""
        while temporary.count > 1, temporary.hasSuffix("/") { temporary.removeLast() }
        return "\(temporary.isEmpty ? "/tmp" : temporary)/recado-\(getuid())"
    }
}
