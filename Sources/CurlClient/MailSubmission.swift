import CCurl

/// A mail for a server, or no mail to see whether the server is well.
struct MailSubmission: TransferRequest {
    let server: MailServer
    let timeout: Duration
    let mail: Mail?

    /// A server's replies are not a body; NOOP's one line is.
    var maxResponseBytes: Int { 4096 }
    var notAfter: ContinuousClock.Instant? { nil }
    var allowsPrivateAddresses: Bool { true }

    func isPrepared(_ handle: EasyHandle) -> Bool { false }

    func apply(to handle: EasyHandle) throws(TransferError) {
        try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try handle.set(CURLOPT_URL, try url)
        let security =
            switch server.security {
            case .none: CCurl_usessl_none
            case .opportunistic: CCurl_usessl_try
            case .startTLS, .tls: CCurl_usessl_all
            }
        handle.set(CURLOPT_USE_SSL, security)
        handle.set(CURLOPT_SSL_VERIFYPEER, server.verifiesTLS ? 1 : 0)
        handle.set(CURLOPT_SSL_VERIFYHOST, server.verifiesTLS ? 2 : 0)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, server.connectTimeout)
        // Bounds the wait for each single reply, that to QUIT among them: whole seconds.
        handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(timeout.components.seconds)))
        if let username = server.username { try handle.set(CURLOPT_USERNAME, username) }
        if let password = server.password { try handle.set(CURLOPT_PASSWORD, password) }
        if let mail {
            try handle.set(mail)
        } else {
            handle.set(CURLOPT_NOBODY, 1)
            try handle.set(CURLOPT_CUSTOMREQUEST, "NOOP")
        }
    }

    /// libcurl reports a refusal as trouble with sending or receiving; the reply code says which it is.
    func answer(of transfer: Transfer, result: TransferError?) -> Result<HTTPResponse, TransferError> {
        let reply = transfer.handle?.integer(CURLINFO_RESPONSE_CODE) ?? 0
        guard let result else { return .success(HTTPResponse(status: reply)) }
        guard (400...599).contains(reply) else { return .failure(result) }
        switch result.code {
        case .auth:
            return .failure(TransferError(.auth, "the mail server refused the login with \(reply)", replyCode: reply))
        case .reset, .failed:
            return .failure(TransferError(.rejected, "the mail server answered \(reply)", replyCode: reply))
        default: return .failure(result)
        }
    }

    private var url: String {
        get throws(TransferError) {
            let isHost = server.host.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            }
            guard isHost, !server.host.isEmpty, (1...65_535).contains(server.port) else {
                throw TransferError(.invalidRequest, "the mail server's host or port is not one")
            }
            return "\(server.security == .tls ? "smtps" : "smtp")://\(server.host):\(server.port)"
        }
    }
}
