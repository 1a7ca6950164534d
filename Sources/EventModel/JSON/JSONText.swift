/// Writes JSON without a tree in between.
public enum JSONText {
    /// `string` as a JSON string, quotes included (RFC 8259, section 7).
    public static func quoted(_ string: String) -> String {
        var result = "\""
        result.reserveCapacity(string.utf8.count + 2)
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hexadecimal = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: result.unicodeScalars.append(scalar)
            }
        }
        result += "\""
        return result
    }

    /// Resolves the escapes of a string's inside. A surrogate without its partner becomes U+FFFD, as in every decoder.
    static func unescaped(_ inner: ArraySlice<UInt8>) -> String {
        var units: [UInt16] = []
        var result = ""
        var plain = inner.startIndex
        var index = inner.startIndex
        func flush(_ end: Int) {
            if !units.isEmpty {
                result += String(decoding: units, as: UTF16.self)
                units.removeAll()
            }
            result += String(decoding: inner[plain..<end], as: UTF8.self)
        }
        while index < inner.endIndex {
            guard inner[index] == UInt8(ascii: "\\") else { index += 1; continue }
            if plain < index { flush(index) }
            let escape = inner[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                units.append(UInt16(String(decoding: inner[index..<index + 4], as: UTF8.self), radix: 16) ?? 0xFFFD)
                index += 4
            default: units.append(UInt16(escape))
            }
            plain = index
        }
        flush(inner.endIndex)
        return result
    }
}
