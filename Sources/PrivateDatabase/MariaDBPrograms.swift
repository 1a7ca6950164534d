/// The two programs that a private database needs.
struct MariaDBPrograms: Sendable {
    let server: String
    let installer: String

    /// - Throws: ``PrivateDatabaseError`` with `notInstalled`.
    static func find() throws -> MariaDBPrograms {
        guard let server = ProgramSearch.path(ofAny: "mariadbd", "mysqld"),
            let installer = ProgramSearch.path(ofAny: "mariadb-install-db", "mysql_install_db")
        else {
            throw PrivateDatabaseError(
                .notInstalled, "mariadbd is not installed. `make setup` installs it (package mariadb-server).")
        }
        return MariaDBPrograms(server: server, installer: installer)
    }
}
