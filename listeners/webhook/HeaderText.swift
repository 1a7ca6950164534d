/// What may stand in a header.
enum HeaderText {
    /// `text` with every byte that is not printable ASCII as `%XX`: names and instances are the app's to choose, headers are
    /// not.
    static func encoded(_ text: String) -> String {
        var text = text
        guard !text.withUTF8({ $0.allSatisfy(isPrintable) }) else { return text }
        var result = ""
        for byte in text.utf8 {
            if isPrintable(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    /// The characters of a name: letters, digits and RFC 9110's marks.
    static func isToken(_ byte: UInt8) -> Bool {
        isPrintable(byte) && byte != UInt8(ascii: " ") && !#"(),/:;<=>?@[\]{}""#.utf8.contains(byte)
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }
}
