/// What a transfer carries: an HTTP request, a mail, or a mail server's greeting.
protocol TransferRequest: Sendable {
    /// From submission to the end of the answer.
    var timeout: Duration { get }
    /// Until when it may be begun, nil for ever; `cancelled` is the answer after that.
    var notAfter: ContinuousClock.Instant? { get }
    /// How much of the answer's body is kept.
    var maxResponseBytes: Int { get }
    var allowsPrivateAddresses: Bool { get }

    /// Whether a handle that was used before has the options of this request's receiver.
    func isPrepared(_ handle: EasyHandle) -> Bool
    /// Sets every option that differs from one request to another, on a prepared handle or a new one. Called on the loop's thread.
    func apply(to handle: EasyHandle) throws(TransferError)
    /// What the transfer came to, once libcurl is done with it.
    func answer(of transfer: Transfer, result: TransferError?) -> Result<HTTPResponse, TransferError>
}
