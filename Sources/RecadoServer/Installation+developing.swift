import FoundationEssentials
import Logging
public import PrivateDatabase
import ServerConfiguration

extension Installation {
    /// Where `recado dev` keeps and finds everything.
    public struct DevelopmentSite: Sendable {
        public let dataDirectory: String
        public let httpPort: Int

        public init(dataDirectory: String, httpPort: Int) {
            self.dataDirectory = dataDirectory
            self.httpPort = httpPort
        }

        /// The settings that point an installation at this site. They win over the file's.
        public func overrides(databaseSocket: String, user: String, database: String) -> [String: String] {
            let fastCGI = "unix:\(dataDirectory)/recado.sock"
            return [
                "RECADO_DATABASE_SOCKET": databaseSocket,
                "RECADO_DATABASE_USER": user,
                "RECADO_DATABASE_PASSWORD": "",
                "RECADO_DATABASE_NAME": database,
                // A folder may be deeper than a unix socket's path can be long.
                "RECADO_SERVER_FASTCGI": ListeningAddress(fastCGI) == nil ? "127.0.0.1:0" : fastCGI,
                "RECADO_SERVER_HTTP": "127.0.0.1:\(httpPort)",
                "RECADO_WORKER_RUNTIME_DIRECTORY": "\(dataDirectory)/run",
            ]
        }
    }

    /// Starts the site's own MariaDB; one that an earlier run left behind is dealt with.
    public static func startDatabase(at site: DevelopmentSite) async throws -> PrivateDatabase {
        try FileManager.default.createDirectory(atPath: site.dataDirectory, withIntermediateDirectories: true)
        return try await PrivateDatabase.start(
            dataDirectory: site.dataDirectory + "/mariadb", logger: Logger(label: "recado.dev"))
    }
}
