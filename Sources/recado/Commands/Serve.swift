import ArgumentParser
import RecadoServer

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Accepts dispatches over FastCGI, plain HTTP or both, until SIGTERM.",
        discussion: "SIGHUP reads listeners and events again. SIGTERM answers what is in flight, then ends.")

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        try await options.load().serve()
    }
}
