import Foundation
import Logging
import Testing

@testable import Observability

@Suite("Log lines")
struct LogLineTests {
    @Test("a JSON line has the time, the level, the message and the metadata")
    func json() throws {
        let lines = try logged { output in
            var logger = Logger(label: "recado.worker") { JSONLogHandler(label: $0, level: .info, output: output) }
            logger[metadataKey: LogKeys.workerID] = "w1"
            logger.info(
                "Delivered",
                metadata: [
                    LogKeys.eventID: "42", "nested": ["a": "1", "list": ["x", "y"]], "number": .stringConvertible(7),
                    "level": "fake",
                ])
            logger.debug("Not shown")
        }
        #expect(lines.count == 1)
        var object = try parsed(lines[0])
        let time = try #require(object["time"])
        object["time"] = nil
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        #expect(
            object == [
                "level": "info", "message": "Delivered", "logger": "recado.worker", "worker.id": "w1", "event.id": "42",
                "nested.a": "1", "nested.list.0": "x", "nested.list.1": "y", "number": "7", "_level": "fake",
            ])
    }

    @Test("JSON for a terminal is the same JSON without control characters")
    func jsonOnTerminal() throws {
        let text = "{\"a\": \"\u{9b}2J\u{202e}ä\u{7f}\"}"
        let safe = SafeText.json(text)
        #expect(safe == #"{"a": "\u009b2J\u202eä\u007f"}"#)
        #expect(try parsed(safe) == parsed(text))
    }

    @Test("nothing that is logged forges a line or a field", arguments: hostile)
    func jsonSafety(text: String) throws {
        let lines = try logged { output in
            Logger(label: text) { JSONLogHandler(label: $0, level: .info, output: output) }
                .error("\(text)", metadata: ["key\(text)": "\(text)"])
        }
        #expect(lines.count == 1)
        let object = try parsed(lines[0])
        #expect(object["message"] == text)
        #expect(object["logger"] == text)
        #expect(object["key\(text)"] == text)
        #expect(object.count == 5)
    }

    @Test("a line of text holds no control character", arguments: hostile)
    func textSafety(text: String) throws {
        let lines = try logged { output in
            Logger(label: "x") { _ in TextLogHandler(level: .info, isColoured: false, output: output) }
                .error("\(text)", metadata: ["key\(text)": "\(text)"])
        }
        #expect(lines.count == 1)
        let forbidden = lines[0].unicodeScalars.filter { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        #expect(forbidden.isEmpty)
    }

    @Test("a line of text is for people")
    func text() throws {
        let lines = try logged { output in
            Logger(label: "x") { _ in TextLogHandler(level: .trace, isColoured: false, output: output) }
                .warning("Slow", metadata: [LogKeys.listener: "email", LogKeys.error: "no answer", LogKeys.count: ""])
            Logger(label: "x") { _ in TextLogHandler(level: .trace, isColoured: true, output: output) }.trace("Fine")
        }
        #expect(lines[0].hasSuffix(#"Z warning  Slow count="" error="no answer" listener=email"#))
        #expect(lines[1].hasSuffix("Z \u{1B}[2mtrace   \u{1B}[0m Fine"))
    }

    @Test("lines of many threads stay whole")
    func threads() async throws {
        let file = NSTemporaryDirectory() + "recado-log-" + UUID().uuidString
        defer { unlink(file) }
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let filler = String(repeating: "x", count: 3000)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let output = LogOutput(descriptor: descriptor)
                    let logger = Logger(label: "x") { JSONLogHandler(label: $0, level: .info, output: output) }
                    for _ in 0..<50 { logger.info("\(filler)", metadata: ["worker": "\(worker)"]) }
                }
            }
        }
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 400)
        for line in lines { #expect(try parsed(String(line))["message"] == filler) }
    }

    @Test("the time is UTC with milliseconds")
    func time() {
        #expect(LogTime.text(seconds: 0, milliseconds: 7) == "1970-01-01T00:00:00.007Z")
        #expect(LogTime.text(seconds: 1_772_352_930, milliseconds: 42) == "2026-03-01T08:15:30.042Z")
    }

    @Test("what is no terminal gets JSON, or text without colours")
    func formats() throws {
        let lines = try logged { output in
            for format in LogFormat.allCases {
                let handler = LoggingSetup.handler(
                    label: "x", level: .info, format: format, noColour: false, output: output)
                Logger(label: "x") { _ in handler }.info("Hello")
            }
        }
        #expect(lines[0].hasPrefix("{"))
        #expect(lines[1].hasSuffix("Z info     Hello"))
        #expect(lines[2].hasPrefix("{"))
    }

    @Test("a terminal gets colours, unless they are not wanted")
    func terminal() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        defer { close(terminal) }
        // What unlockpt(3) and ptsname(3) do, which Swift does not see: TIOCSPTLCK and TIOCGPTN of ioctl_tty(2).
        var lock: Int32 = 0
        var number: Int32 = 0
        try #require(ioctl(terminal, 0x4004_5431, &lock) == 0)
        try #require(ioctl(terminal, 0x8004_5430, &number) == 0)
        let descriptor = open("/dev/pts/\(number)", O_WRONLY | O_NOCTTY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        func line(noColour: Bool) throws -> String {
            let output = LogOutput(descriptor: descriptor)
            let handler = LoggingSetup.handler(
                label: "x", level: .info, format: .auto, noColour: noColour, output: output)
            Logger(label: "x") { _ in handler }.info("Hello")
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = read(terminal, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
        #expect(try line(noColour: false).contains("\u{1B}[32minfo"))
        #expect(try !line(noColour: true).contains("\u{1B}"))
    }

    private static let hostile = [
        "a\nb", "a\r\nb", "\",\"level\":\"critical", "\u{1B}[31mred\u{1B}[0m", "\u{0}\u{7}\u{8}", "\u{9B}31m", "\\",
        "tab\there",
        "é 🐘 \u{2028}",
    ]

    /// What `body` writes, line by line. It must fit into a pipe (64 KiB).
    private func logged(_ body: (LogOutput) throws -> Void) throws -> [String] {
        let pipe = Pipe()
        try body(LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor))
        try pipe.fileHandleForWriting.close()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        let text = try #require(String(data: data, encoding: .utf8))
        #expect(text.utf8.last == UInt8(ascii: "\n"))
        // By scalars: a carriage return and a newline are one character.
        return text.unicodeScalars.split(separator: "\n").map { String($0) }
    }

    private func parsed(_ line: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }
}
