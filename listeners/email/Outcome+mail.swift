import CurlClient
import ListenerKit

extension Outcome {
    /// Judges a mail server's refusal: 4xx may pass, 5xx will not (RFC 5321, section 4.2.1). A refused login is tried again: a
    /// password that is being changed must not make dead letters.
    init(mailError error: TransferError) {
        let failure = Failure(mailError: error)
        self =
            switch error.code {
            case .cancelled: .putBack
            case .rejected where (error.replyCode ?? 0) >= 500: .permanent(failure)
            case .tls, .invalidRequest: .permanent(failure)
            default: .retryable(failure)
            }
    }

    /// What counts more when several mails of one delivery end differently: whatever leads to another try, so that no
    /// recipient is forgotten.
    var severity: Int {
        switch self {
        case .delivered: 0
        case .permanent: 1
        case .retryable: 2
        case .putBack: 3
        }
    }
}

extension Failure {
    init(mailError error: TransferError) {
        let reason: Reason =
            switch error.code {
            case .dns: .dns
            case .refused: .refused
            case .timeout: .timeout
            case .reset: .reset
            case .tls: .tls
            case .auth: .auth
            case .rejected: (error.replyCode ?? 0) >= 500 ? .rejected : .receiverError
            case .invalidRequest: .misconfigured
            default: .failed
            }
        self.init(reason, error.message)
    }
}
