import ArgumentParser
import EventModel
import EventQueue
import Glibc
import RecadoServer
import ServerConfiguration

struct Dispatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatch",
        abstract: "Dispatches an event, straight into the database.")

    @Argument(help: "The event's name.")
    var event: String

    @Option(help: "The payload, JSON. Default: read from standard input.")
    var payload: String?

    @Option var instance: String?
    @Option var tenant: String?
    @Option var orderingKey: String?
    @Option var maxAttempts: Int?
    @Option var idempotencyKey: String?

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let installation = try options.load()
        let bytes = try payload.map { Array($0.utf8) } ?? Self.standardInput()
        if let problem = JSONSlices.problem(in: bytes) { throw ValidationError("The payload is not JSON: \(problem).") }
        guard !event.isEmpty, event.count <= EventName.maximumLength else {
            throw ValidationError("An event's name has 1 to \(EventName.maximumLength) characters.")
        }
        let new = NewEvent(
            name: event, payload: bytes, instance: instance, tenant: tenant, orderingKey: orderingKey,
            maxAttempts: maxAttempts ?? installation.configuration.worker.defaultMaxAttempts,
            requestID: EventIdentifier.make(), idempotencyKey: idempotencyKey, source: .cli)
        switch try await Operator(installation).dispatch(new) {
        case .accepted(let id, let uuid, let status), .repeated(let id, let uuid, let status):
            print("{\"id\":\(id),\"uuid\":\"\(uuid)\",\"status\":\"\(status)\"}")
        case .conflicting:
            throw ValidationError("This idempotency key was used for another event.")
        }
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
