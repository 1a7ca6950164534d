import CCurl

extension HTTPRequest: TransferRequest {
    func apply(to handle: EasyHandle) throws(TransferError) {
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try handle.set(CURLOPT_URL, url)
        handle.set(CURLOPT_HTTP_VERSION, CCurl_http_version_1_1)
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
        handle.set(CURLOPT_SSL_VERIFYPEER, verifiesTLS ? 1 : 0)
        handle.set(CURLOPT_SSL_VERIFYHOST, verifiesTLS ? 2 : 0)
        if method == "HEAD" {
            handle.set(CURLOPT_NOBODY, 1)
        } else if method == "POST" || !body.isEmpty {
            handle.setBody(body)
            if method != "POST" { try handle.set(CURLOPT_CUSTOMREQUEST, method) }
        } else if method != "GET" {
            try handle.set(CURLOPT_CUSTOMREQUEST, method)
        }
        handle.setHeaders(try headerLines())
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
        guard method.utf8.allSatisfy(Self.isToken), !method.isEmpty else {
            throw TransferError(.invalidRequest, "the method is not a token")
        }
        var lines = ["Expect:"]
        lines.reserveCapacity(headers.count + 1)
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isToken),
                header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw TransferError(.invalidRequest, "a header's name or value holds characters that it must not") }
            // "Name:" would remove the header, "Name;" sends it empty: CURLOPT_HTTPHEADER(3).
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        return lines
    }

    /// The characters of a token: RFC 9110, section 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        // !, # to ', *, +, -, ., ^, _, `, | and ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
