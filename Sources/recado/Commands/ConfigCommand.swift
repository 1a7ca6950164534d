import ArgumentParser
import RecadoServer
import ServerConfiguration

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
