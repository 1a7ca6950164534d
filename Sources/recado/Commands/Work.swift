import ArgumentParser
import RecadoServer

struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Delivers events as a daemon, until SIGTERM.",
        discussion: "Any number of them, on any number of hosts, share the work.")

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        try await options.load().work()
    }
}
