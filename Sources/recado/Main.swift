import ArgumentParser
import RecadoServer

@main
enum Main {
    static func main() async {
        // Before any thread of a library is there.
        Installation.prepareProcess()
        do {
            if let line = CronLine(CommandLine.arguments.dropFirst()) {
                Installation.expectShortLife()
                return try await line.run()
            }
            var command = try RecadoCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            RecadoCommand.exit(withError: Advice.explanation(of: error).map(CommandFailure.init) ?? error)
        }
    }
}
