import FoundationEssentials
import Glibc

/// The directory of one private database.
///
/// `data/` is MariaDB's own, made under another name and renamed when it is whole, so that a half-made one is never used.
struct DatabaseDirectory: Sendable {
    /// The directory's path, absolute and without symbolic links.
    let path: String

    var data: String { "\(path)/data" }
    var unfinishedData: String { "\(path)/data.new" }
    /// For temporary tables. A mariadbd that starts removes every `#sql-…` file in its `tmpdir`, so with `/tmp` for all, one
    /// server's start breaks another's queries.
    var temporaryFiles: String { "\(path)/tmp" }
    var startStatements: String { "\(path)/start.sql" }
    var serverLog: String { "\(path)/mariadbd.log" }
    var installerLog: String { "\(path)/mariadb-install-db.log" }

    /// Makes the directory where there is none; nobody else may enter it.
    ///
    /// - Throws: ``PrivateDatabaseError`` with `directoryUnusable`.
    init(path: String) throws {
        do {
            for directory in [path, "\(path)/tmp"] {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw PrivateDatabaseError(.directoryUnusable, "The directory \(path) cannot be made: \(error)")
        }
        guard let resolved = realpath(path, nil) else {
            let reason = String(cString: strerror(errno))
            throw PrivateDatabaseError(.directoryUnusable, "The directory \(path) cannot be read: \(reason).")
        }
        defer { free(resolved) }
        self.path = String(cString: resolved)
    }

    /// Runs mariadb-install-db where it has not been run to its end before. It takes about a second.
    ///
    /// - Throws: ``PrivateDatabaseError`` with `initialisationFailed`, ``SpawnError``.
    func initialise(with programs: MariaDBPrograms, as userName: String) async throws {
        guard access(data, F_OK) != 0 else { return }
        try? FileManager.default.removeItem(atPath: unfinishedData)
        var arguments = [
            "--no-defaults", "--datadir=\(unfinishedData)", "--tmpdir=\(temporaryFiles)",
            "--skip-test-db", "--skip-name-resolve",
            "--auth-root-authentication-method=socket", "--auth-root-socket-user=\(userName)",
        ]
        // Only root may and must say whose the files shall be.
        if geteuid() == 0 { arguments.append("--user=\(userName)") }
        let installation = try ChildProcess.start(
            ChildProcess.Command(programs.installer, arguments, outputPath: installerLog))
        let status = await installation.waitForExit()
        guard status == .exited(0), rename(unfinishedData, data) == 0 else {
            throw PrivateDatabaseError(
                .initialisationFailed,
                "mariadb-install-db ended with \(status). \(LogTail.lastLines(of: installerLog))")
        }
    }

    /// Writes what the server runs before it answers anybody: the database, and the user who may come in.
    ///
    /// - Throws: ``PrivateDatabaseError`` with `directoryUnusable`.
    func writeStartStatements(database: String, userName: String) throws {
        // --init-file takes one statement a line. A user name may hold quotes; doubled they stay what they are.
        let user =
            "'\(userName.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'@localhost"
        let statements = """
            CREATE DATABASE IF NOT EXISTS `\(database)`;
            CREATE USER IF NOT EXISTS \(user) IDENTIFIED VIA unix_socket;
            GRANT ALL PRIVILEGES ON *.* TO \(user) WITH GRANT OPTION;

            """
        guard FileManager.default.createFile(atPath: startStatements, contents: Data(statements.utf8)) else {
            throw PrivateDatabaseError(.directoryUnusable, "\(startStatements) cannot be written.")
        }
    }
}
