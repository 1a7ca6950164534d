import CCurl

extension HTTPRequest: TransferRequest {
    func isPrepared(_ handle: EasyHandle) -> Bool { handle.receiver == receiver }

    func apply(to handle: EasyHandle) throws(TransferError) {
        let receiver = receiver
        try handle.prepare(for: receiver)
        if receiver.hasBody { handle.setBody(body) }
        handle.setHeaders(try headerLines())
    }

    private var receiver: HTTPReceiver {
        HTTPReceiver(
            url: url, method: method, hasBody: method == "POST" || method != "HEAD" && !body.isEmpty,
            connectTimeout: connectTimeout, verifiesTLS: verifiesTLS, allowsPrivateAddresses: allowsPrivateAddresses)
    }

    /// The status is the receiver's answer: what breaks after it only cuts the body.
    func answer(of transfer: Transfer, result: TransferError?) -> Result<HTTPResponse, TransferError> {
        let status = transfer.handle?.integer(CURLINFO_RESPONSE_CODE) ?? 0
        guard status >= 200 else {
            return .failure(result ?? TransferError(.reset, "the connection ended without a status"))
        }
        return .success(
            HTTPResponse(
                status: status, retryAfter: transfer.handle?.header("Retry-After"), body: transfer.received,
                isComplete: result == nil))
    }

    /// An empty `Expect` keeps libcurl from asking for `100 Continue`, which costs a round trip or a second.
    private func headerLines() throws(TransferError) -> [String] {
        guard Self.isToken(method) else {
            throw TransferError(.invalidRequest, "the method is not a token")
        }
        var lines = ["Expect:"]
        lines.reserveCapacity(headers.count + 1)
        for header in headers {
            guard Self.isToken(header.name), Self.isFieldValue(header.value) else {
                throw TransferError(.invalidRequest, "a header's name or value holds characters that it must not")
            }
            // "Name:" would remove the header, "Name;" sends it empty: CURLOPT_HTTPHEADER(3).
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        return lines
    }

    /// A token: RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { !$0.isEmpty && $0.allSatisfy(isTokenByte) }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        // !, # to ', *, +, -, ., ^, _, `, | and ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// No control characters but the tab: RFC 9110, section 5.5. Without a way out of the loop, many bytes are looked at at a time.
    private static func isFieldValue(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            bytes.reduce(UInt8(0)) { $0 | ($1 < 0x20 && $1 != 0x09 || $1 == 0x7F ? 1 : 0) } == 0
        }
    }
}
