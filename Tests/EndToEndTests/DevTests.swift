import FoundationEssentials
import Glibc
import PrivateDatabase
import TestServers
import Testing

extension EndToEnd {
    @Suite("recado dev") struct DevTests {
        @Test(arguments: ["var", String(repeating: "deeper/", count: 20) + "var"])
        func `starts from nothing, answers, and starts again after kill -9`(folder: String) async throws {
            try await withTemporaryDirectory { directory in
                try await WebhookSink.with { sink in
                    defer { Self.killDatabase(of: "\(directory)/\(folder)/mariadb") }
                    try Site.everything(to: sink.url("/hook"))
                        .write(toFile: "\(directory)/recado.yaml", atomically: false, encoding: .utf8)
                    let port = try Loopback.freePort()
                    for round in 1...2 {
                        let log = "\(directory)/dev-\(round).log"
                        let command = ChildProcess.Command(
                            RecadoProgram.path,
                            [
                                "dev", "--data-dir", "\(directory)/\(folder)", "--port", "\(port)", "--config",
                                "\(directory)/recado.yaml",
                            ], outputPath: log)
                        try await RunningProgram.with(
                            command, logs: ["\(directory)/\(folder)/mariadb/mariadbd.log"],
                            isReady: { Loopback.isListening(on: port) }
                        ) { process in
                            let answer = try await Curl.post(
                                "http://127.0.0.1:\(port)/dispatch", #"{"event":"hello.world","payload":\#(round)}"#,
                                key: nil)
                            #expect(answer.status == 202)
                            // What was delivered when the first was killed may come once more.
                            try await waitUntil("event \(round) is delivered") {
                                try sink.received().contains { $0.text == "\(round)" }
                            }
                            let welcome = try String(contentsOfFile: log, encoding: .utf8)
                            #expect(welcome.contains("curl -s http://127.0.0.1:\(port)/dispatch"), "\(welcome)")
                            try await Self.expectOtherCommandsFindIt(welcome)
                            process.send(SIGHUP)
                            try await waitUntil("it has read its configuration again") {
                                try String(contentsOfFile: log, encoding: .utf8).contains("listeners reloaded")
                            }
                            // What came with the command is still there, and not taken for a change of the file.
                            #expect(try !String(contentsOfFile: log, encoding: .utf8).contains("takes a restart"))
                            if round == 1 {
                                process.send(SIGKILL)
                                _ = await process.waitForExit()
                            } else {
                                #expect(await process.stop(within: .seconds(20)) == .exited(0))
                            }
                        }
                    }
                }
            }
        }

        /// The line that `recado dev` prints leads other commands to it, wherever they are.
        private static func expectOtherCommandsFindIt(_ welcome: String) async throws {
            let export = try #require(welcome.split(separator: "\n").first { $0.contains("export ") })
            let doctor = try await FinishedProgram.run(
                "/bin/sh", ["-c", "cd / && \(export) && exec \(RecadoProgram.path) doctor"])
            #expect(doctor.status == 0, "\(doctor.output)")
            #expect(!doctor.output.contains("WARN"), "\(doctor.output)")
        }

        /// Ends the server that a killed `recado dev` leaves to its successor, where the test did not get that far.
        private static func killDatabase(of directory: String) {
            let content = FileManager.default.contents(atPath: "\(directory)/mariadbd.pid") ?? Data()
            let text = String(decoding: content, as: UTF8.self)
            if let process = pid_t(text.split(separator: "\n").first ?? "") { kill(process, SIGKILL) }
        }
    }
}
