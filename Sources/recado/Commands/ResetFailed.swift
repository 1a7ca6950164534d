import ArgumentParser
import RecadoServer

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
