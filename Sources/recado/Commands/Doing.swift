import ArgumentParser
import EventModel
import EventQueue
import FoundationEssentials
import Glibc
import Migrations
import RecadoServer
import ServerConfiguration

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Makes and changes the tables. Repeatable, and safe when two run at once.",
        subcommands: [Up.self, Down.self, Status.self], defaultSubcommand: Up.self)

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "up", abstract: "Applies what is missing.")

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            let applied = try await options.load().migrator().up()
            for migration in applied { print("applied \(migration.version) \(migration.name)") }
            if applied.isEmpty { print("nothing to do: the tables are up to date") }
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "down",
            abstract: "Takes back the newest migrations. Their tables are dropped with all that is in them.")

        @Argument(help: "How many.")
        var count = 1

        @Flag(help: "Do it: the data is lost.")
        var yes = false

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            guard yes else { throw ValidationError("This drops tables with all that is in them: say --yes.") }
            for migration in try await options.load().migrator().down(count: count) {
                print("took back \(migration.version) \(migration.name)")
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Shows what is applied.")

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            for state in try await options.load().migrator().status() {
                print("\(state.isApplied ? "applied" : "missing")  \(state.migration.version) \(state.migration.name)")
            }
        }
    }
}

extension Installation {
    fileprivate func migrator() -> Migrator { Migrator(database, tables: tables) }
}

struct Dispatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatch",
        abstract: "Dispatches an event, straight into the database.")

    @Argument(help: "The event's name.")
    var event: String

    @Option(help: "The payload, JSON. Default: read from standard input.")
    var payload: String?

    @Option var instance: String?
    @Option var tenant: String?
    @Option var orderingKey: String?
    @Option var maxAttempts: Int?
    @Option var idempotencyKey: String?

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let installation = try options.load()
        let bytes = try payload.map { Array($0.utf8) } ?? Self.standardInput()
        if let problem = JSONSlices.problem(in: bytes) { throw ValidationError("The payload is not JSON: \(problem).") }
        guard !event.isEmpty, event.count <= EventName.maximumLength else {
            throw ValidationError("An event's name has 1 to \(EventName.maximumLength) characters.")
        }
        let new = NewEvent(
            name: event, payload: bytes, instance: instance, tenant: tenant, orderingKey: orderingKey,
            maxAttempts: maxAttempts ?? installation.configuration.worker.defaultMaxAttempts,
            requestID: EventIdentifier.make(), idempotencyKey: idempotencyKey, source: .cli)
        switch try await Operator(installation).dispatch(new) {
        case .accepted(let id, let uuid, let status), .repeated(let id, let uuid, let status):
            print("{\"id\":\(id),\"uuid\":\"\(uuid)\",\"status\":\"\(status)\"}")
        case .conflicting:
            throw ValidationError("This idempotency key was used for another event.")
        }
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}

struct ResetFailed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset_failed",
        abstract: "Makes up to N failed events due now. Exhausted ones are dead letters: recado dlq.")

    @Argument(help: "How many events at the most.")
    var limit = 10

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        print("\(try await Operator(try options.load()).resetFailed(limit: limit)) events made due")
    }
}

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks and shows the configuration.",
        subcommands: [Check.self, Show.self], defaultSubcommand: Check.self)

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Checks the configuration and names every problem with its line.")

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            let installation = try options.load()
            print("\(installation.configuration.file ?? "defaults"): ok")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows what is in force and where each value comes from. Secrets are masked.")

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            print(try options.load().maskedConfiguration())
        }
    }
}
