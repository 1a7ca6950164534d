import ArgumentParser
import RecadoServer

struct ShowEvent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Where is my message? An event's state, deliveries and attempts, as JSON.")

    @Argument(help: "The event's id or uuid.")
    var identifier: String

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        guard let report = try await Operator(try options.load()).event(identifier.lowercased()) else {
            throw CommandFailure("There is no event \(identifier).")
        }
        Output.json(report)
    }
}
