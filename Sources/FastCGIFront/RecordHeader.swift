/// The 8 bytes before every record (FastCGI specification, section 3.3): version, type, request id, content length,
/// padding length, reserved.
struct RecordHeader {
    /// The record types of section 8, by number.
    enum Kind {
        static let beginRequest: UInt8 = 1
        static let abortRequest: UInt8 = 2
        static let endRequest: UInt8 = 3
        static let parameters: UInt8 = 4
        static let standardInput: UInt8 = 5
        static let standardOutput: UInt8 = 6
        static let getValues: UInt8 = 9
        static let getValuesResult: UInt8 = 10
        static let unknownType: UInt8 = 11
    }

    static let size = 8

    let version: UInt8
    let kind: UInt8
    /// 0 for management records, which belong to the connection.
    let requestID: UInt16
    let contentLength: Int
    let paddingLength: Int

    /// Reads a header out of its 8 bytes, the first of them on top.
    init(bits: UInt64) {
        version = UInt8(truncatingIfNeeded: bits >> 56)
        kind = UInt8(truncatingIfNeeded: bits >> 48)
        requestID = UInt16(truncatingIfNeeded: bits >> 32)
        contentLength = Int(UInt16(truncatingIfNeeded: bits >> 16))
        paddingLength = Int(UInt8(truncatingIfNeeded: bits >> 8))
    }

    /// A header without padding.
    init(kind: UInt8, requestID: UInt16, contentLength: Int) {
        version = 1
        self.kind = kind
        self.requestID = requestID
        self.contentLength = contentLength
        paddingLength = 0
    }
}

extension [UInt8] {
    /// Appends a header, its padding left out.
    mutating func append(_ header: RecordHeader) {
        let bits =
            UInt64(header.version) << 56 | UInt64(header.kind) << 48 | UInt64(header.requestID) << 32
            | UInt64(header.contentLength) << 16
        Swift.withUnsafeBytes(of: bits.bigEndian) { append(contentsOf: $0) }
    }
}
