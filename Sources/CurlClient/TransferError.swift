/// Why a transfer gave no answer. Its text is safe to log: it holds no address, header, body or credential.
public struct TransferError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class of the error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case dns, refused, timeout, reset, tls, tooLarge, forbiddenAddress, invalidRequest, rejected, auth,
                cancelled
            case failed
        }

        private let value: Value
        public var description: String { value.rawValue }

        /// The host name did not resolve.
        public static let dns = Code(value: .dns)
        /// Nobody listens there, or there is no way there.
        public static let refused = Code(value: .refused)
        /// Not done in time.
        public static let timeout = Code(value: .timeout)
        /// The connection broke before the answer.
        public static let reset = Code(value: .reset)
        /// The certificate is not valid for the host, or the two ends have no protocol in common.
        public static let tls = Code(value: .tls)
        /// Larger than the receiver or this client takes.
        public static let tooLarge = Code(value: .tooLarge)
        /// Every address of the host is private, and private ones are not allowed.
        public static let forbiddenAddress = Code(value: .forbiddenAddress)
        /// The address cannot be read, or a header or mail address holds what it must not.
        public static let invalidRequest = Code(value: .invalidRequest)
        /// A mail server said no: see ``TransferError/replyCode``.
        public static let rejected = Code(value: .rejected)
        /// The user name and password were not accepted.
        public static let auth = Code(value: .auth)
        /// The task was cancelled or the client shut down first.
        public static let cancelled = Code(value: .cancelled)
        /// None of the above.
        public static let failed = Code(value: .failed)
    }

    public let code: Code
    /// A sentence for the operator.
    public let message: String
    /// A mail server's last reply, where it was a refusal: 400...599.
    public let replyCode: Int?

    public init(_ code: Code, _ message: String, replyCode: Int? = nil) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
    }

    public var description: String { message }
}
