import ArgumentParser

struct ProcessEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process_events",
        abstract: "Delivers at most N events, the oldest first, then ends: for cron.",
        discussion: """
            Retries that are due are included. Runs may overlap. The exit status is 0 when the run could work, whatever the \
            receivers said, and 1 when it could not (no database, no configuration).
            """)

    @Argument(help: "How many events at the most.")
    var limit = CronLine().limit

    @Flag(help: "Say nothing where nothing was to be done.")
    var quiet = false

    @OptionGroup var options: ConfigurationOption

    func validate() throws {
        guard limit > 0 else { throw ValidationError("N must be at least 1.") }
    }

    func run() async throws {
        try await CronLine(limit: limit, isQuiet: quiet, config: options.config).run()
    }
}
