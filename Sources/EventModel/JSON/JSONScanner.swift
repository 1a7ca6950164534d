/// Walks over JSON (RFC 8259) in place, checking every byte and keeping none.
///
/// A payload is stored as it was sent, so all that is needed on the way in is whether it is JSON and where its parts begin and
/// end. Decoding it into a tree of values costs a hundred times as much.
struct JSONScanner {
    private let bytes: [UInt8]
    private let end: Int
    private let maximumDepth: Int
    /// The offset in `bytes` of what comes next.
    private(set) var position: Int

    init(_ bytes: [UInt8], in range: Range<Int>, maximumDepth: Int) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
        self.maximumDepth = maximumDepth
    }

    var isAtEnd: Bool { position == end }
    var current: UInt8? { position < end ? bytes[position] : nil }

    mutating func skipWhitespace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func skip(_ byte: Unicode.Scalar) throws(JSONProblem) {
        guard current == UInt8(ascii: byte) else { throw unexpected("expected \"\(byte)\"") }
        position += 1
    }

    /// Walks over one value of any kind. `depth` counts the arrays and objects around it.
    mutating func skipValue(depth: Int = 0) throws(JSONProblem) {
        guard let byte = current else { throw unexpected("expected a value") }
        switch byte {
        case UInt8(ascii: "{"): try skipObject(depth: depth + 1)
        case UInt8(ascii: "["): try skipArray(depth: depth + 1)
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
        default: throw unexpected("expected a value")
        }
    }

    private mutating func skipObject(depth: Int) throws(JSONProblem) {
        try checkDepth(depth)
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "}") { position += 1; return }
        while true {
            guard current == UInt8(ascii: "\"") else { throw unexpected("expected a member's name") }
            try skipString()
            skipWhitespace()
            try skip(":")
            skipWhitespace()
            try skipValue(depth: depth)
            skipWhitespace()
            if current == UInt8(ascii: "}") { position += 1; return }
            try skip(",")
            skipWhitespace()
        }
    }

    private mutating func skipArray(depth: Int) throws(JSONProblem) {
        try checkDepth(depth)
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "]") { position += 1; return }
        while true {
            try skipValue(depth: depth)
            skipWhitespace()
            if current == UInt8(ascii: "]") { position += 1; return }
            try skip(",")
            skipWhitespace()
        }
    }

    mutating func skipString() throws(JSONProblem) {
        position += 1
        skipPlainWords()
        while position < end {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                try skipEscape()
                skipPlainWords()
            case 0x20...0x7F:
                position += 1
            case 0x80...:
                try skipMultibyteScalar(byte)
            default:
                throw unexpected("a control character must be escaped")
            }
        }
        throw unexpected("the string is not closed")
    }

    /// Walks over eight bytes at a time, as long as they are ASCII without a quote, a backslash and control characters.
    private mutating func skipPlainWords() {
        position = bytes.withUnsafeBytes { bytes in
            var position = position
            while position + 8 <= end {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let quotes = word ^ Self.eight("\"")
                let backslashes = word ^ Self.eight("\\")
                // Each subtraction sets a byte's highest bit where it is below 0x20, a quote or a backslash; a borrow can only
                // set one too many behind such a byte.
                let special =
                    word | (word &- Self.eight(" ")) | (quotes &- Self.eight("\u{1}"))
                    | (backslashes &- Self.eight("\u{1}"))
                if special & Self.eight(0x80) != 0 { break }
                position += 8
            }
            return position
        }
    }

    private static func eight(_ character: Unicode.Scalar) -> UInt64 { eight(UInt8(ascii: character)) }

    private static func eight(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    private mutating func skipEscape() throws(JSONProblem) {
        guard position + 1 < end else { throw unexpected("the string is not closed") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            position += 2
            for _ in 0..<4 {
                guard let digit = current, Self.isHexadecimal(digit) else {
                    throw unexpected("expected four hexadecimal digits")
                }
                position += 1
            }
        default:
            throw unexpected("unknown escape")
        }
    }

    /// Checks one UTF-8 sequence of two to four bytes (Unicode, table 3-7).
    private mutating func skipMultibyteScalar(_ lead: UInt8) throws(JSONProblem) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw unexpected("not UTF-8")
        }
        guard position + length <= end, second.contains(bytes[position + 1]) else {
            throw unexpected("not UTF-8")
        }
        for index in 2..<max(length, 2) where !(0x80...0xBF).contains(bytes[position + index]) {
            throw unexpected("not UTF-8")
        }
        position += length
    }

    private mutating func skipNumber() throws(JSONProblem) {
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONProblem) {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        if position == start { throw unexpected("expected a digit") }
    }

    private mutating func skipWord(_ word: StaticString) throws(JSONProblem) {
        for index in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[index] else { throw unexpected("expected \"\(word)\"") }
            position += 1
        }
    }

    private func checkDepth(_ depth: Int) throws(JSONProblem) {
        if depth > maximumDepth { throw unexpected("nested deeper than \(maximumDepth) levels") }
    }

    func unexpected(_ message: String) -> JSONProblem {
        JSONProblem(offset: position, message: isAtEnd ? "\(message), but the text ends" : message)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default:
            false
        }
    }
}
