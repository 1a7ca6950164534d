import CurlClient
import ListenerKit

extension Outcome {
    /// Judges an answer: 2xx has arrived; 408, 429, 5xx and trouble on the way may pass; everything else will not.
    init(_ answer: Result<HTTPResponse, TransferError>) {
        switch answer {
        case .success(let response): self.init(response)
        case .failure(let error): self.init(error)
        }
    }

    private init(_ response: HTTPResponse) {
        let text = "HTTP \(response.status)"
        let delay = response.retryAfter.flatMap { RetryAfter.delay($0) }
        self =
            switch response.status {
            case 200...299: .delivered(detail: text)
            case 408: .retryable(Failure(.timeout, text), retryAfter: delay)
            case 429: .retryable(Failure(.rateLimited, text), retryAfter: delay)
            case 500...599: .retryable(Failure(.receiverError, text), retryAfter: delay)
            case 401, 403, 407: .permanent(Failure(.auth, text))
            case 410: .permanent(Failure(.rejected, "\(text): the receiver wants no more of these"))
            case 413: .permanent(Failure(.tooLarge, text))
            case 300...399: .permanent(Failure(.rejected, "\(text): redirects are not followed"))
            default: .permanent(Failure(.rejected, text))
            }
    }

    private init(_ error: TransferError) {
        self =
            switch error.code {
            case .cancelled: .putBack
            case .timeout: .retryable(Failure(.timeout, error.message))
            case .dns: .retryable(Failure(.dns, error.message))
            case .refused: .retryable(Failure(.refused, error.message))
            case .reset: .retryable(Failure(.reset, error.message))
            case .tls: .permanent(Failure(.tls, error.message))
            case .forbiddenAddress: .permanent(Failure(.forbiddenAddress, error.message))
            case .invalidRequest: .permanent(Failure(.misconfigured, error.message))
            default: .retryable(Failure(.failed, error.message))
            }
    }
}
