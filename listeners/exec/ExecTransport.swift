public import ListenerKit

/// `type: exec`: runs a program for each delivery, with the payload on its standard input.
public struct ExecTransport: Transport {
    public let type = "exec"
    public let summary = "Runs a program of your own with the payload on its standard input."

    public let settings = [
        Setting("command", .list, isRequired: true, "The program and its arguments; no shell in between."),
        Setting("directory", .path, "Where to run it. Unset: where the worker runs."),
        Setting(
            "environment", .map, isSecret: true,
            "Further environment variables, beside PATH, HOME and those about the event."),
    ]

    public init() {}

    public func makeListener(name: String, settings: SettingValues) throws -> any Listener {
        let command = settings.list("command")
        guard let program = command.first, !program.isEmpty else {
            throw SettingError("command", "names no program")
        }
        let environment = settings.map("environment")
        for name in environment.keys where name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) {
            throw SettingError("environment", "a variable's name is empty or holds an equals sign")
        }
        return ExecListener(
            program: program, arguments: Array(command.dropFirst()), directory: settings.string("directory"),
            environment: environment)
    }
}
