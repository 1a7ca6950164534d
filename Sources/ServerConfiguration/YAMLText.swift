import EventModel

/// Writes scalars so that this configuration reads them back as they were: quoted where needed, dollar signs doubled.
enum YAMLText {
    /// A value after a colon.
    static func scalar(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    /// A value inside brackets, where colons have a meaning of their own.
    static func flow(_ text: String) -> String {
        isPlain(text) && !text.contains(":") ? text : quoted(text)
    }

    /// Between double quotes. Whatever JSON quotes, YAML reads alike.
    static func quoted(_ text: String) -> String {
        var doubled = ""
        for scalar in text.unicodeScalars { doubled += scalar == "$" ? "$$" : String(scalar) }
        return JSONText.quoted(doubled)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, text != "null", text.last != ":" else { return false }
        return (isWord(first) || first == "/")
            && text.unicodeScalars.allSatisfy { isWord($0) || "/.:-+@".unicodeScalars.contains($0) }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || (scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil))
    }
}
