import ArgumentParser
import EventWorker
import RecadoServer

struct ProcessEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process_events",
        abstract: "Delivers at most N events, the oldest first, then ends: for cron.",
        discussion: """
            Retries that are due are included. Runs may overlap. The exit status is 0 when the run could work, whatever the \
            receivers said, and 1 when it could not (no database, no configuration).
            """)

    @Argument(help: "How many events at the most.")
    var limit = 10

    @Flag(help: "Say nothing where nothing was to be done.")
    var quiet = false

    @OptionGroup var options: ConfigurationOption

    func validate() throws {
        guard limit > 0 else { throw ValidationError("N must be at least 1.") }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let summary = try await options.load().processEvents(limit: limit)
        guard summary.events > 0 || !quiet else { return }
        let milliseconds = (clock.now - start) / .milliseconds(1)
        var parts = [
            "\(summary.delivered) delivered", "\(summary.retried) to be retried", "\(summary.dead) failed for good",
        ]
        if summary.invalid > 0 { parts.append("\(summary.invalid) not JSON") }
        print("\(summary.events) events: \(parts.joined(separator: ", ")) (\(Int(milliseconds)) ms)")
    }
}
