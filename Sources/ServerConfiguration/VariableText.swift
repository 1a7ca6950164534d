/// Replaces `${NAME}` by the environment's value; `$$` stands for one dollar sign, a dollar sign alone for itself.
enum VariableText {
    struct Failure: Error, Equatable {
        let message: String
    }

    /// - Throws: ``Failure`` where a variable is not set or a brace stays open.
    static func expand(_ text: String, environment: [String: String]) throws(Failure) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Failure(message: "\"${\" without \"}\"; write \"$$\" for a dollar sign")
                }
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                guard let value = environment[name] else {
                    throw Failure(message: "the environment variable \(name) is not set")
                }
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}
