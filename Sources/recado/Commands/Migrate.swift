import ArgumentParser
import EventQueue
import Migrations
import RecadoServer

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

        func validate() throws {
            guard count > 0 else { throw ValidationError("At least 1.") }
        }

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
