/// Finds the parts of a JSON document without decoding it. Everything that is walked over has been checked.
public enum JSONSlices {
    /// How deep arrays and objects may be nested where nothing else is said.
    public static let defaultMaximumDepth = 64

    /// A member of an object: its name, and where its value stands.
    public struct Member: Sendable, Equatable {
        public let name: String
        public let value: Range<Int>
    }

    /// Checks a whole document.
    public static func validate(_ bytes: [UInt8], maximumDepth: Int = defaultMaximumDepth) throws(JSONProblem) {
        var scanner = JSONScanner(bytes, in: 0..<bytes.count, maximumDepth: maximumDepth)
        scanner.skipWhitespace()
        try scanner.skipValue()
        try finish(&scanner)
    }

    /// What is wrong with a document, or nil.
    public static func problem(in bytes: [UInt8]) -> JSONProblem? {
        do {
            try validate(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// The members of the object that `bytes` within `range` are, in order, repetitions included.
    public static func members(
        of bytes: [UInt8], in range: Range<Int>? = nil, maximumDepth: Int = defaultMaximumDepth
    ) throws(JSONProblem) -> [Member] {
        var scanner = JSONScanner(bytes, in: range ?? 0..<bytes.count, maximumDepth: maximumDepth)
        var members: [Member] = []
        scanner.skipWhitespace()
        try scanner.skip("{")
        scanner.skipWhitespace()
        if scanner.current == UInt8(ascii: "}") {
            try scanner.skip("}")
            try finish(&scanner)
            return members
        }
        while true {
            guard scanner.current == UInt8(ascii: "\"") else { throw scanner.unexpected("expected a member's name") }
            let nameStart = scanner.position
            try scanner.skipString()
            let name = string(bytes, in: nameStart..<scanner.position) ?? ""
            scanner.skipWhitespace()
            try scanner.skip(":")
            scanner.skipWhitespace()
            let valueStart = scanner.position
            try scanner.skipValue(depth: 1)
            members.append(Member(name: name, value: valueStart..<scanner.position))
            scanner.skipWhitespace()
            if scanner.current == UInt8(ascii: "}") { break }
            try scanner.skip(",")
            scanner.skipWhitespace()
        }
        try scanner.skip("}")
        try finish(&scanner)
        return members
    }

    /// Where the elements of an array stand. Reads no further than one element more than `limit`.
    public static func elements(
        of bytes: [UInt8], limit: Int, maximumDepth: Int = defaultMaximumDepth
    ) throws(JSONProblem) -> [Range<Int>] {
        var scanner = JSONScanner(bytes, in: 0..<bytes.count, maximumDepth: maximumDepth + 1)
        var elements: [Range<Int>] = []
        scanner.skipWhitespace()
        try scanner.skip("[")
        scanner.skipWhitespace()
        if scanner.current != UInt8(ascii: "]") {
            while true {
                let start = scanner.position
                try scanner.skipValue(depth: 1)
                elements.append(start..<scanner.position)
                if elements.count > limit { return elements }
                scanner.skipWhitespace()
                if scanner.current == UInt8(ascii: "]") { break }
                try scanner.skip(",")
                scanner.skipWhitespace()
            }
        }
        try scanner.skip("]")
        try finish(&scanner)
        return elements
    }

    /// The string that stands at `range`, escapes resolved; nil where no string stands there.
    public static func string(_ bytes: [UInt8], in range: Range<Int>) -> String? {
        guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = bytes[range.lowerBound + 1..<range.upperBound - 1]
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return JSONText.unescaped(inner)
    }

    /// The integer that stands at `range`; nil where none that fits stands there.
    public static func integer(_ bytes: [UInt8], in range: Range<Int>) -> Int? {
        Int(String(decoding: bytes[range], as: UTF8.self))
    }

    /// Whether `null` stands at `range`.
    public static func isNull(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        bytes[range.lowerBound] == UInt8(ascii: "n")
    }

    private static func finish(_ scanner: inout JSONScanner) throws(JSONProblem) {
        scanner.skipWhitespace()
        if !scanner.isAtEnd { throw scanner.unexpected("text behind the end of the document") }
    }
}
