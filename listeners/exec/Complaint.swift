/// The last lines of a program's standard error.
struct Complaint {
    /// How much is kept, in bytes.
    static let limit = 500

    private var tail: [UInt8] = []

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        tail.append(contentsOf: bytes.suffix(Self.limit))
        if tail.count > Self.limit { tail.removeFirst(tail.count - Self.limit) }
    }

    /// One line: whatever is not printable stands as one space.
    var text: String {
        // A character that the limit cut in two would come out as a replacement character.
        let start = tail.firstIndex { $0 & 0xC0 != 0x80 } ?? tail.endIndex
        let decoded = String(decoding: tail[start...], as: UTF8.self)
        let printable = decoded.unicodeScalars.split { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
            default: scalar == " "
            }
        }
        return printable.map { String($0) }.joined(separator: " ")
    }
}
