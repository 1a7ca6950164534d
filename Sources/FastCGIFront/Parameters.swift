import Dispatching

/// The FastCGI parameters that make a request; of a repeated one the last counts.
struct Parameters {
    private(set) var method = "GET"
    private(set) var headers = HeaderFields()
    private(set) var hasTooManyHeaders = false
    private var headerCount = 0
    private var requestURI: String?
    private var announcedLength = ""

    /// How many bytes of body were announced. Absent, empty and `-1` mean that the front end does not know: Apache and Caddy
    /// send so with a chunked body, nginx without one.
    var contentLength: String? {
        announcedLength.isEmpty || announcedLength == "-1" ? nil : announcedLength
    }

    /// REQUEST_URI in its two halves, still percent-encoded.
    var target: (path: String, query: String)? {
        guard let requestURI, !requestURI.isEmpty else { return nil }
        var bytes = requestURI.utf8[...]
        if bytes.first != UInt8(ascii: "/") {
            // The absolute form, as proxies are sent it (RFC 9112, section 3.2.2).
            guard let scheme = requestURI.firstRange(of: "://") else { return nil }
            bytes = bytes[scheme.upperBound...]
            bytes =
                bytes[(bytes.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.endIndex)...]
        }
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        let path = bytes[..<end]
        return (path.isEmpty ? "/" : String(Substring(path)), String(Substring(bytes[end...].dropFirst())))
    }

    /// Takes one parameter, as `NAME=value`.
    mutating func take(_ parameter: UnsafeBufferPointer<UInt8>) {
        guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")) else { return }
        let name = parameter[..<equals]
        let value = parameter[(equals + 1)...]
        if name.starts(with: "HTTP_".utf8) {
            takeHeader(name.dropFirst(5), value)
            return
        }
        switch name.count {
        case 11 where name.elementsEqual("REQUEST_URI".utf8): requestURI = text(value)
        case 14 where name.elementsEqual("REQUEST_METHOD".utf8): method = text(value).uppercased()
        case 14 where name.elementsEqual("CONTENT_LENGTH".utf8): announcedLength = text(value)
        case 12 where name.elementsEqual("CONTENT_TYPE".utf8) && !value.isEmpty: headers["content-type"] = text(value)
        // What Apache makes of HTTP_AUTHORIZATION when a rewrite comes between.
        case 27 where name.elementsEqual("REDIRECT_HTTP_AUTHORIZATION".utf8):
            if headers["authorization"] == nil, !value.isEmpty { headers["authorization"] = text(value) }
        default: break
        }
    }

    private mutating func takeHeader(
        _ name: Slice<UnsafeBufferPointer<UInt8>>, _ value: Slice<UnsafeBufferPointer<UInt8>>
    ) {
        // A client's `Proxy:` header must not look like an environment's HTTP_PROXY (CVE-2016-5385).
        if name.elementsEqual("PROXY".utf8) { return }
        headerCount += 1
        hasTooManyHeaders = headerCount > HeaderFields.limit
        if hasTooManyHeaders { return }
        let lowered = String(unsafeUninitializedCapacity: name.count) { buffer in
            for (index, byte) in name.enumerated() {
                buffer[index] =
                    switch byte {
                    case UInt8(ascii: "_"): UInt8(ascii: "-")
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
                    default: byte
                    }
            }
            return name.count
        }
        switch lowered {
        // CONTENT_TYPE is the parameter for this one.
        case "content-type" where headers[lowered] != nil: return
        case "authorization" where value.isEmpty: return
        default: headers[lowered] = text(value)
        }
    }

    private func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
    }
}
