import FoundationEssentials
import ListenerKit
import Mustache

/// The templates of a folder and its languages, read once.
struct MailTemplates: Sendable {
    /// A template's place in the folder, without `.html.mustache` or `.txt.mustache`.
    enum Name: String {
        case appointmentSaved = "appointment_saved"
        case appointmentDeleted = "appointment_deleted"
    }

    private static let files = ["layout", Name.appointmentSaved.rawValue, Name.appointmentDeleted.rawValue]
    private static let defaultLanguage = "english"

    private let library: MustacheLibrary
    private let languages: [String: [String: String]]

    /// - Throws: `SettingError` about `templates` that names the file which is missing or broken.
    init(directory: String) throws {
        MustacheContentTypes.register(HTMLText(), named: HTMLText.name)
        var library = MustacheLibrary()
        for file in Self.files {
            // The library escapes as its own type of HTML does unless a template says otherwise.
            for (name, pragma) in [("\(file).html", "{{% CONTENT_TYPE:\(HTMLText.name)}}"), ("\(file).txt", "")] {
                let text = String(decoding: try Self.read("\(directory)/\(name).mustache"), as: UTF8.self)
                do {
                    try library.register(pragma + text, named: name)
                } catch {
                    throw SettingError("templates", "\(name).mustache is not a Mustache template")
                }
            }
        }
        self.library = library
        var languages: [String: [String: String]] = [:]
        let folder = "\(directory)/languages"
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where file.hasSuffix(".json") {
            guard let texts = try? JSONDecoder().decode([String: String].self, from: Self.read("\(folder)/\(file)"))
            else {
                throw SettingError("templates", "languages/\(file) is not a JSON object of strings")
            }
            languages[String(file.dropLast(".json".count))] = texts
        }
        guard languages[Self.defaultLanguage] != nil else {
            throw SettingError("templates", "has no languages/\(Self.defaultLanguage).json")
        }
        self.languages = languages
    }

    /// The texts of a language such as `portuguese-br`; what it lacks is in English.
    func texts(in language: String?) -> [String: String] {
        let english = languages[Self.defaultLanguage] ?? [:]
        guard let texts = language.flatMap({ languages[$0] }) else { return english }
        return english.merging(texts) { $1 }
    }

    /// The two bodies of a mail.
    func render(_ name: Name, _ values: [String: Any]) -> (text: String, html: String) {
        let text = library.render(values, withTemplate: "\(name.rawValue).txt") ?? ""
        return (text, library.render(values, withTemplate: "\(name.rawValue).html") ?? "")
    }

    private static func read(_ path: String) throws -> Data {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw SettingError("templates", "\(path) is not there or cannot be read")
        }
        return content
    }
}
