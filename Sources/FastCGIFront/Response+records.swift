import Dispatching

extension Response {
    /// The records that answer a request: STDOUT, its empty end, END_REQUEST (FastCGI specification, sections 3.3 and 5.5).
    func records(for requestID: UInt16) -> [UInt8] {
        let head = head
        var records: [UInt8] = []
        records.reserveCapacity(head.count + body.count + 5 * RecordHeader.size)
        records.append(standardOutput: head, requestID)
        records.append(standardOutput: body, requestID)
        records.append(RecordHeader(kind: RecordHeader.Kind.standardOutput, requestID: requestID, contentLength: 0))
        records += ControlRecords.endRequest(requestID, .requestComplete)
        return records
    }

    /// The status and header fields as a CGI program writes them (RFC 3875, section 6), up to the empty line.
    ///
    /// The status goes without a reason: the web server has its own, and nginx passes ours on as it is.
    private var head: [UInt8] {
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
    /// Appends a stream in records as large as they may be.
    fileprivate mutating func append(standardOutput stream: [UInt8], _ requestID: UInt16) {
        var rest = stream[...]
        while !rest.isEmpty {
            let content = rest.prefix(Int(UInt16.max))
            let kind = RecordHeader.Kind.standardOutput
            append(RecordHeader(kind: kind, requestID: requestID, contentLength: content.count))
            append(contentsOf: content)
            rest = rest.dropFirst(content.count)
        }
    }

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
