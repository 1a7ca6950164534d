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
        let directory = dataDir.hasPrefix("/") ? dataDir : FileManager.default.currentDirectoryPath + "/" + dataDir
        let site = Installation.DevelopmentSite(dataDirectory: directory, httpPort: port)
        let database = try await Installation.startDatabase(at: site)
        do {
            let installation = try Installation.load(
                path: options.config,
                overrides: site.overrides(
                    databaseSocket: database.socketPath, user: database.userName, database: database.databaseName))
            _ = try await Migrator(installation.database, tables: installation.tables).up()
            Output.say(welcome(database, file: installation.configuration.file ?? "config/recado.yaml"))
            try await installation.serveAndWork()
        } catch {
            await database.stop()
            throw error
        }
        await database.stop()
    }

    private func welcome(_ database: PrivateDatabase, file: String) -> String {
        """

        Recado is running. Try in another terminal:

          curl -s http://127.0.0.1:\(port)/dispatch -d '{"event":"hello.world","payload":{"greeting":"hi"}}'
          curl -s http://127.0.0.1:\(port)/events/1

          export RECADO_CONFIG=\(file) RECADO_DATABASE_SOCKET=\(database.socketPath) \
        RECADO_DATABASE_USER=\(database.userName)
          recado status
          mariadb -S \(database.socketPath) -u \(database.userName) \(database.databaseName) \
        -e 'SELECT id, event_name, status FROM event_queue'

        Which listeners hear of which event stands in \(file); kill -HUP \
        \(ProcessInfo.processInfo.processIdentifier) reads it again. Ctrl-C ends everything.


        """
    }
}
