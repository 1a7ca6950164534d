import Mustache

/// Text in HTML, escaped scalar by scalar.
///
/// The library's own type goes by `Character`s, and lets a `<` through that something combines with: an accent behind it, or a number sign
/// of Arabic in front of it. Browsers read code points.
struct HTMLText: MustacheContentType {
    /// Names it in the pragma of a template.
    static let name = "HTML_SCALARS"

    func escapeText(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
