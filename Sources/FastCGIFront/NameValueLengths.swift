/// Follows the lengths of the name-value pairs in a PARAMS stream (FastCGI specification, section 3.4), however it is cut
/// into records and however it arrives.
///
/// libfcgi adds two lengths of up to 2^31 in an `int` and allocates the sum: it may only see what has passed here.
struct NameValueLengths {
    /// The most bytes that the whole stream may have.
    let limit: Int
    private var taken = 0
    /// Bytes of the current pair's name and value still to come.
    private var contentLeft = 0
    private var nameLength: Int?
    /// The upper bytes of a four-byte length, and how many are still to come.
    private var length = 0
    private var lengthBytesLeft = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the stream may end here.
    var isBetweenPairs: Bool { contentLeft == 0 && lengthBytesLeft == 0 && nameLength == nil }

    /// Takes the next bytes of the stream; false means that no bytes could make it sound any more.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        taken += bytes.count
        guard taken <= limit else { return false }
        var index = 0
        while index < bytes.count {
            if contentLeft > 0 {
                let step = min(contentLeft, bytes.count - index)
                contentLeft -= step
                index += step
                continue
            }
            let byte = bytes[index]
            index += 1
            if lengthBytesLeft > 0 {
                length = length << 8 | Int(byte)
                lengthBytesLeft -= 1
            } else if byte & 0x80 != 0 {
                length = Int(byte & 0x7f)
                lengthBytesLeft = 3
            } else {
                length = Int(byte)
            }
            if lengthBytesLeft == 0 {
                guard acceptLength(room: limit - taken + bytes.count - index) else { return false }
            }
        }
        return true
    }

    private mutating func acceptLength(room: Int) -> Bool {
        guard let name = nameLength else {
            nameLength = length
            return length <= room
        }
        contentLeft = name + length
        nameLength = nil
        return contentLeft <= room
    }
}
