/// Builds records by hand, right ones and wrong ones.
enum Records {
    static func record(
        _ kind: UInt8, id: Int = 1, _ content: [UInt8] = [], padding: Int = 0, version: UInt8 = 1
    ) -> [UInt8] {
        [
            version, kind, UInt8(id >> 8), UInt8(id & 0xff), UInt8(content.count >> 8), UInt8(content.count & 0xff),
            UInt8(padding), 0,
        ] + content + [UInt8](repeating: 0, count: padding)
    }

    static func begin(id: Int = 1, role: UInt8 = 1, keep: Bool = true) -> [UInt8] {
        record(1, id: id, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0])
    }

    static func abort(id: Int = 1) -> [UInt8] { record(2, id: id) }

    static func pair(_ name: String, _ value: String) -> [UInt8] {
        func length(_ count: Int) -> [UInt8] {
            count < 128
                ? [UInt8(count)]
                : [
                    UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff),
                ]
        }
        return length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
    }

    static func parameters(id: Int = 1, _ pairs: [(String, String)]) -> [UInt8] {
        stream(4, id: id, pairs.flatMap { pair($0.0, $0.1) })
    }

    static func body(id: Int = 1, _ bytes: [UInt8]) -> [UInt8] { stream(5, id: id, bytes) }

    /// A stream cut into records, with the empty one at its end.
    static func stream(_ kind: UInt8, id: Int = 1, _ bytes: [UInt8], cut: Int = 32_768) -> [UInt8] {
        var records: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            records += record(kind, id: id, Array(rest.prefix(cut)), padding: rest.count % 8)
            rest = rest.dropFirst(cut)
        }
        return records + record(kind, id: id)
    }

    /// A whole request.
    static func request(
        _ method: String = "GET", _ uri: String = "/hello", id: Int = 1, keep: Bool = true, length: String?? = nil,
        extra: [(String, String)] = [], body: [UInt8] = []
    ) -> [UInt8] {
        head(method, uri, id: id, keep: keep, length: length ?? String(body.count), extra: extra)
            + self.body(id: id, body)
    }

    /// A request up to the end of its parameters.
    static func head(
        _ method: String = "POST", _ uri: String = "/hello", id: Int = 1, keep: Bool = true, length: String?,
        extra: [(String, String)] = []
    ) -> [UInt8] {
        var pairs = [("REQUEST_METHOD", method), ("REQUEST_URI", uri)]
        if let length { pairs.append(("CONTENT_LENGTH", length)) }
        return begin(id: id, keep: keep) + parameters(id: id, pairs + extra)
    }
}
