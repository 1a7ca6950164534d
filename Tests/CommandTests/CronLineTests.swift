import ArgumentParser
import Testing

@testable import recado

@Suite struct CronLineTests {
    /// What the argument parser makes of the same words.
    private func parsed(_ words: [String]) throws -> CronLine {
        let command = try #require(try RecadoCommand.parseAsRoot(words) as? ProcessEvents)
        return CronLine(limit: command.limit, isQuiet: command.quiet, config: command.options.config)
    }

    @Test(arguments: [
        "process_events", "process_events 25", "process_events --quiet", "process_events 1 --quiet",
        "process_events --config /etc/r.yaml", "process_events --quiet --config r.yaml 300",
        "process_events 007", "process_events +5",
    ])
    func `a line of a crontab is read as the argument parser reads it`(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        #expect(try CronLine(words) == parsed(words))
    }

    @Test(arguments: [
        "", "work", "process_events 0", "process_events -5", "process_events ten", "process_events 1 2",
        "process_events --config", "process_events --config --quiet", "process_events --config=r.yaml",
        "process_events --quiet --quiet", "process_events --config a --config b", "process_events --help",
        "process_events -h", "process_events --version", "process_events -- 5", "help process_events",
        "process_events 99999999999999999999",
    ])
    func `everything else is left to the argument parser`(line: String) {
        #expect(CronLine(line.split(separator: " ").map(String.init)) == nil)
    }
}
