import CCurl
import Glibc

extension TransferError {
    /// Classifies libcurl's result (libcurl-errors(3)).
    ///
    /// - Parameter systemError: `CURLINFO_OS_ERRNO`, which tells a handshake that the network broke from one that the two ends
    ///   could not agree on.
    init(_ result: CURLcode, systemError: Int) {
        let message = "\(String(cString: CCurl_easy_strerror(result))) (curl \(result.rawValue))"
        self.init(Self.code(of: result, systemError: Int32(truncatingIfNeeded: systemError)), message)
    }

    private static func code(of result: CURLcode, systemError: Int32) -> Code {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .dns
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .refused
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR where [ECONNRESET, EPIPE, ECONNABORTED].contains(systemError): .reset
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY:
            .reset
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidRequest
        case CURLE_LOGIN_DENIED: .auth
        default: .failed
        }
    }

    static let forbidden = TransferError(
        .forbiddenAddress, "the host has no public address, and private ones are not allowed")
    static let brokenOff = TransferError(.reset, "two connections in a row broke before the answer")
    static let cancelled = TransferError(.cancelled, "cancelled before the answer")
    static let late = TransferError(.timeout, "no connection to the host became free in time")
}
