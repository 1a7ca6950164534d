import Yams

/// Turns YAML text into ``WrittenValue``s that know their places.
///
/// Yams' own resolver tells numbers from text by regular expressions, which costs more than the parsing: the basic one leaves
/// all scalars text, and the format of each key decides what they mean. So a password `0123` stays as it is, and `off` is a
/// word.
struct YAMLReader {
    /// Why a text is no usable YAML.
    struct Failure: Error {
        let reason: String
        let line: Int
        let column: Int
    }

    private let makePlace: (Mark?) -> ConfigurationPlace
    private let expand: (String) throws(VariableText.Failure) -> String
    private var problems: [ConfigurationProblem] = []
    /// How many values there may be, each alias counted with all that it stands for: aliases of aliases make a short file
    /// endless.
    private static let maximumValues = 100_000
    private var values = 0

    /// Reads a file's text, `${VARIABLES}` replaced. Nil where it holds nothing but comments.
    static func document(
        _ text: String, file: String, environment: [String: String], problems: inout [ConfigurationProblem]
    ) throws(Failure) -> WrittenValue? {
        guard let root = try parse(text) else { return nil }
        var reader = YAMLReader(
            makePlace: { .file(file, line: $0?.line ?? 1, column: $0?.column ?? 1) },
            expand: { text throws(VariableText.Failure) in try VariableText.expand(text, environment: environment) })
        let value = reader.value(of: root, key: "")
        problems += reader.problems
        return value
    }

    /// Reads the text of one value that stands at `place` in its entirety. No variables are replaced in it.
    static func value(of text: String, key: String, place: ConfigurationPlace) throws(Failure) -> WrittenValue? {
        guard let root = try parse(text) else { return nil }
        var reader = YAMLReader(makePlace: { _ in place }, expand: { $0 })
        return reader.value(of: root, key: key)
    }

    private init(
        makePlace: @escaping (Mark?) -> ConfigurationPlace,
        expand: @escaping (String) throws(VariableText.Failure) -> String
    ) {
        self.makePlace = makePlace
        self.expand = expand
    }

    private mutating func value(of node: Node, key: String) -> WrittenValue {
        let place = makePlace(node.mark)
        values += 1
        guard values <= Self.maximumValues else {
            if values == Self.maximumValues + 1 {
                problems.append(
                    ConfigurationProblem(
                        place: place, key: key, message: "there are more than \(Self.maximumValues) values"))
            }
            return WrittenValue(key: key, place: place, content: .nothing)
        }
        let content: WrittenValue.Content
        switch node {
        case .scalar(let scalar):
            content = scalarContent(scalar, key: key, place: place)
        case .sequence(let sequence):
            content = .list(sequence.enumerated().map { value(of: $0.element, key: "\(key)[\($0.offset)]") })
        case .mapping(let mapping):
            content = .mapping(
                mapping.map { name, node in
                    let text = name.scalar?.string ?? ""
                    if name.scalar == nil {
                        problems.append(
                            ConfigurationProblem(place: makePlace(name.mark), key: key, message: "a key must be a word")
                        )
                    }
                    let path = key.isEmpty ? text : "\(key).\(text)"
                    return WrittenValue.Entry(
                        name: text, place: makePlace(name.mark), value: value(of: node, key: path))
                })
        case .alias:
            // The parser puts the anchored node in an alias' place; what is left would point nowhere.
            content = .nothing
        }
        return WrittenValue(key: key, place: place, content: content)
    }

    private mutating func scalarContent(
        _ scalar: Node.Scalar, key: String, place: ConfigurationPlace
    ) -> WrittenValue.Content {
        let text = scalar.string
        if scalar.style == .plain, text.isEmpty || text == "~" || text == "null" { return .nothing }
        do {
            return .scalar(text: try expand(text), shown: text)
        } catch {
            problems.append(ConfigurationProblem(place: place, key: key, message: error.message))
            return .nothing
        }
    }

    private static func parse(_ text: String) throws(Failure) -> Node? {
        do {
            return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw Failure(error, text: text)
        } catch {
            throw Failure(reason: "\(error)", line: 1, column: 1)
        }
    }
}

extension YAMLReader.Failure {
    fileprivate init(_ error: YamlError, text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if Self.isTab(at: mark, of: text) {
                self.init(reason: "a tab; YAML indents with spaces", line: mark.line, column: mark.column)
            } else {
                let reason = ([context?.text].compactMap { $0 } + [problem]).joined(separator: ", ")
                self.init(reason: reason, line: mark.line, column: mark.column)
            }
        case .reader(let problem, let offset, _, _):
            let before = text.utf8.prefix(offset ?? 0)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            self.init(reason: problem, line: line, column: 1)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            self.init(reason: "the key \(names) stands twice", line: context.mark.line, column: context.mark.column)
        default:
            self.init(reason: "\(error)", line: 1, column: 1)
        }
    }

    private static func isTab(at mark: Mark, of text: String) -> Bool {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.indices.contains(mark.line - 1) else { return false }
        return lines[mark.line - 1].unicodeScalars.dropFirst(mark.column - 1).first == "\t"
    }
}
