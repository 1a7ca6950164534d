import Dispatching

extension Response {
    /// The status and header fields as a CGI program writes them (RFC 3875, section 6), up to the empty line.
    ///
    /// The status goes without a reason: the web server has its own, and nginx passes ours on as it is.
    var head: [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(128)
        head += "Status: ".utf8
        head += String(status).utf8
        head += "\r\n".utf8
        for (name, value) in headers {
            head.append(field: name)
            head += ": ".utf8
            head.append(field: value)
            head += "\r\n".utf8
        }
        // RFC 9110, section 8.6: not with these.
        if status != 204, status != 304 {
            head += "Content-Length: ".utf8
            head += String(body.count).utf8
            head += "\r\n".utf8
        }
        head += "\r\n".utf8
        return head
    }
}

extension [UInt8] {
    /// Appends text without the control characters that would end the field.
    fileprivate mutating func append(field text: String) {
        if text.utf8.contains(where: Self.isControl) {
            append(contentsOf: text.utf8.lazy.filter { !Self.isControl($0) })
        } else {
            append(contentsOf: text.utf8)
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 }
}
