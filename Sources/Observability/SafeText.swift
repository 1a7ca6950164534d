import EventModel

/// Makes texts from elsewhere harmless on a terminal: no newline forges a line, no control character moves the cursor.
public enum SafeText {
    /// `text` with control characters written as escapes.
    public static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// JSON with those of its control characters that JSON lets through written as its own escapes: the same value.
    public static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar), scalar.value > 0x20 {
                result += "\\u" + String(scalar.value + 0x1_0000, radix: 16).suffix(4)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same as ``line(_:)``, between quotation marks where it could be taken for more than one value.
    static func value(_ text: String) -> String {
        let isOneWord =
            !text.isEmpty && !text.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
        return isOneWord ? line(text) : line(JSONText.quoted(text))
    }

    /// C0, DEL and C1 (ECMA-48), the line separators, and the marks that turn the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
