/// A value as somebody wrote it, before anything is made of it: text, list or mapping, and where it stands.
struct WrittenValue: Sendable {
    enum Content: Sendable {
        /// Nothing after the key, or `null`, or `~`: the default applies.
        case nothing
        /// `text` is what it means, `shown` what error messages may repeat of it.
        case scalar(text: String, shown: String)
        case list([WrittenValue])
        case mapping([Entry])
    }

    struct Entry: Sendable {
        let name: String
        /// Where the name stands.
        let place: ConfigurationPlace
        let value: WrittenValue
    }

    /// The dotted path: `listeners.mail.host`, `server.keys[0].name`.
    let key: String
    let place: ConfigurationPlace
    let content: Content

    var isNothing: Bool {
        if case .nothing = content { true } else { false }
    }

    /// What it is, for messages.
    var noun: String {
        switch content {
        case .nothing: "nothing"
        case .scalar(_, let shown): "\"\(shown)\""
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    func problem(_ message: String, suggestion: String? = nil) -> ConfigurationProblem {
        ConfigurationProblem(place: place, key: key, message: message, suggestion: suggestion)
    }

    /// The same value, of which error messages repeat nothing.
    func concealed() -> WrittenValue {
        let content: Content =
            switch content {
            case .nothing: .nothing
            case .scalar(let text, _): .scalar(text: text, shown: Secret.mask)
            case .list(let items): .list(items.map { $0.concealed() })
            case .mapping(let entries):
                .mapping(entries.map { Entry(name: $0.name, place: $0.place, value: $0.value.concealed()) })
            }
        return WrittenValue(key: key, place: place, content: content)
    }

    /// A list or mapping that had to be written as one text, as in an environment variable: `[a, b]`, `{a: b}`.
    func unfolded(_ problems: inout [ConfigurationProblem]) -> WrittenValue? {
        guard case .scalar(let text, _) = content, !isInFile, text.hasPrefix("[") || text.hasPrefix("{") else {
            return self
        }
        do {
            return try YAMLReader.value(of: text, key: key, place: place)
        } catch {
            problems.append(problem("is not a list or mapping in YAML: \(error.reason)"))
            return nil
        }
    }

    /// Whether some text stands there as it is, and is not taken from a variable.
    var isLiteral: Bool {
        switch content {
        case .nothing: false
        case .scalar(let text, let shown): !text.isEmpty && text == shown
        case .list(let items): items.contains { $0.isLiteral }
        case .mapping(let entries): entries.contains { $0.value.isLiteral }
        }
    }

    /// Whether it stands in the file, where lists and mappings are written as such.
    var isInFile: Bool {
        if case .file = place { true } else { false }
    }
}
