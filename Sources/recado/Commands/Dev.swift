import ArgumentParser
import EventQueue
import FoundationEssentials
import PrivateDatabase
import RecadoServer
import ServerConfiguration

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Tries everything out: a private MariaDB, the responder and a worker, until Ctrl-C.",
        discussion: """
            Nothing needs to be set up. The data stays in the data directory and is there again at the next start. The \
            listeners are those of the configuration file.
            """)

    @Option(help: "Where the database and the sockets are kept.")
    var dataDir = "./var"

    @Option(help: "The port on 127.0.0.1 for plain HTTP.")
    var port = 8026

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let site = Installation.DevelopmentSite(dataDirectory: Self.absolute(dataDir), httpPort: port)
        let database = try await Installation.startDatabase(at: site)
        do {
            let overrides = site.overrides(
                databaseSocket: database.socketPath, user: database.userName, database: database.databaseName)
            let installation = try Installation.load(path: options.config, overrides: overrides)
            _ = try await Migrator(installation.database, tables: installation.tables).up()
            let file = Self.absolute(installation.configuration.file ?? "config/recado.yaml")
            Output.say(welcome(database, file: file, variables: overrides.merging(["RECADO_CONFIG": file]) { $1 }))
            try await installation.serveAndWork()
        } catch {
            await database.stop()
            throw error
        }
        await database.stop()
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// As a word of the shell's (POSIX, "Quoting").
    private static func quoted(_ text: String) -> String {
        let plain = text.wholeMatch(of: /[A-Za-z0-9\/._:,@%+=-]+/) != nil
        return plain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
    }

    /// - Parameter variables: what leads other commands here; those that are empty say nothing.
    private func welcome(_ database: PrivateDatabase, file: String, variables: [String: String]) -> String {
        let exports = variables.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(Self.quoted($0.value))" }
        return
            """

            Recado is running. Try in another terminal:

              curl -s http://127.0.0.1:\(port)/dispatch -d '{"event":"hello.world","payload":{"greeting":"hi"}}'
              curl -s http://127.0.0.1:\(port)/events/1

              export \(exports.joined(separator: " "))
              recado status
              mariadb -S \(database.socketPath) -u \(database.userName) \(database.databaseName) \
            -e 'SELECT id, event_name, status FROM event_queue'

            Which listeners hear of which event stands in \(file); kill -HUP \
            \(ProcessInfo.processInfo.processIdentifier) reads it again. Ctrl-C ends everything.


            """
    }
}
