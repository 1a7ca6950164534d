import Foundation
import Testing

@testable import ServerConfiguration

@Suite("Files")
struct FileTests {
    @Test("the file is looked for beside and above the program")
    func search() throws {
        try withTemporaryDirectory { directory in
            let file = "\(directory)/config/recado.yaml"
            try write("log: {level: info}\n", to: file)
            let executable = "\(directory)/.build/debug/recado"
            let other = "\(directory)/other.yaml"
            try write("log: {level: debug}\n", to: other)
            #expect(try ConfigurationFile.find(explicit: other, environment: ["RECADO_CONFIG": file]) == other)
            #expect(try ConfigurationFile.find(environment: ["RECADO_CONFIG": other], executable: executable) == other)
            guard !FileManager.default.fileExists(atPath: "config/recado.yaml") else { return }
            #expect(try ConfigurationFile.find(environment: [:], executable: executable) == file)
        }
    }

    @Test("a missing file is an error that names the places")
    func missing() throws {
        let explicit = #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.load(path: "/nowhere.yaml", environment: [:], transports: [])
        }
        #expect(explicit?.description == "there is no configuration file /nowhere.yaml")
        let named = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.find(environment: ["RECADO_CONFIG": "/nowhere.yaml"])
        }
        #expect(named?.description.contains("RECADO_CONFIG") == true)
    }

    @Test("a file that cannot be read, is too large or not text is an error")
    func unreadable() throws {
        try withTemporaryDirectory { directory in
            func error(_ path: String) -> String {
                do {
                    _ = try ServerConfiguration.load(path: path, environment: [:], transports: [])
                    return ""
                } catch {
                    return error.description
                }
            }
            #expect(error(directory) == "\(directory) is a directory, not a file")
            let large = "\(directory)/large.yaml"
            try write("#" + String(repeating: "x", count: 1 << 20), to: large)
            #expect(error(large) == "\(large) is larger than 1 MiB")
            let binary = "\(directory)/binary.yaml"
            try Data([0x6C, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: binary))
            #expect(error(binary) == "\(binary) is not UTF-8 text")
        }
    }

    @Test("the runtime directory is the configured one, else one that can be written to")
    func runtimeDirectory() {
        #expect(RuntimeDirectory.path(configured: "/x", environment: [:]) == "/x")
        let chosen = RuntimeDirectory.path(configured: nil, environment: ["TMPDIR": "/var/tmp/"])
        #expect(chosen == "/run/recado" || chosen == "/var/tmp/recado-\(getuid())")
    }

    @Test("config/recado.yaml can be used as it is")
    func shippedFile() throws {
        let loaded = try ServerConfiguration.load(
            path: "\(package)/config/recado.yaml", environment: [:], transports: FakeTransport.all)
        #expect(loaded.listeners(for: "appointment.saved").map(\.name) == ["email"])
        #expect(loaded.warnings.isEmpty)
    }

    @Test("config/recado.yaml mentions every key with its true default")
    func shippedDefaults() throws {
        let text = try String(contentsOfFile: "\(package)/config/recado.yaml", encoding: .utf8)
        let loaded = try configuration(switchedOn(text), file: "config/recado.yaml")
        for key in ConfigurationKey.all {
            let place = loaded.places[key.path]
            #expect(place != nil, "\(key.path) is not mentioned")
            guard let expected = key.defaultText, key.path != "templates.directory" else { continue }
            #expect(key.written(loaded) == expected, "\(key.path)")
        }
        #expect(loaded.templates.directory == "config/templates")
    }

    @Test("the reference lists a transport's settings")
    func transportReference() {
        let page = ConfigurationReference.markdown(transports: FakeTransport.all)
        #expect(page.contains("### type: webhook\n"))
        #expect(page.contains("| `security` | `none`, `starttls`, `tls` | `none` | How it is encrypted. |\n"))
        #expect(page.contains("| `url` | URL | required | The address. |\n"))
        #expect(page.contains("| `password` | text, secret | none | The password. |\n"))
    }

    /// The text with the settings that are commented out switched on, but for the `_file` ways of giving a secret.
    private func switchedOn(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let rest = line.drop { $0 == " " }
            guard rest.startIndex > line.startIndex, rest.first == "#" else { return String(line) }
            let setting = rest.dropFirst()
            let isProse = setting.first == " " && setting.dropFirst().first != " "
            return isProse || setting.contains("_file:") ? "" : String(line[..<rest.startIndex]) + setting
        }.joined(separator: "\n")
    }
}
