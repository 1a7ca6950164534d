import ArgumentParser
import RecadoServer

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks configuration, database, tables, sockets, workers and mail login, and says what to do.")

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let findings = await Doctor(try options.load()).examine()
        if json {
            try Output.json(findings)
        } else {
            for finding in findings {
                let mark =
                    switch finding.state {
                    case .ok: Output.coloured("ok  ", .green)
                    case .warning: Output.coloured("WARN", .yellow)
                    case .failure: Output.coloured("FAIL", .red)
                    }
                print("\(mark)  \(finding.check): \(finding.message)")
                if let advice = finding.advice { print("      \(advice)") }
            }
        }
        if findings.contains(where: { $0.state == .failure }) { throw ExitCode.failure }
    }
}
