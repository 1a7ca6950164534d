import ArgumentParser
import RecadoServer

struct RecadoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recado",
        abstract: "Carries an application's events to whoever must hear of them.",
        version: Installation.version,
        groupedSubcommands: [
            CommandGroup(name: "Running", subcommands: [Serve.self, ProcessEvents.self, Work.self, Dev.self]),
            CommandGroup(
                name: "Looking",
                subcommands: [Status.self, ShowEvent.self, DoctorCommand.self, DeadLetterCommand.self]),
            CommandGroup(
                name: "Doing",
                subcommands: [Migrate.self, Dispatch.self, ResetFailed.self, ConfigCommand.self]),
        ])
}

/// The option that every command has.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .long,
        help:
            "The configuration file. Default: $RECADO_CONFIG, ./config/recado.yaml, the one beside the program, /etc/recado/recado.yaml."
    )
    var config: String?

    func load() throws -> Installation {
        try Installation.load(path: config)
    }
}
