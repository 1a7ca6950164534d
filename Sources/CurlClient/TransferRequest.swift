/// What a transfer carries: an HTTP request, a mail, or a mail server's greeting.
protocol TransferRequest: Sendable {
    /// From submission to the end of the answer.
    var timeout: Duration { get }
    /// Until when it may be begun, nil for ever; `cancelled` is the answer after that.
    var notAfter: ContinuousClock.Instant? { get }
    /// How much of the answer's body is kept.
    var maxResponseBytes: Int { get }
    var allowsPrivateAddresses: Bool { get }

    /// Sets every option that differs from one request to another. Called on the loop's thread.
    func apply(to handle: EasyHandle) throws(TransferError)
    /// What the transfer came to, once libcurl is done with it.
    func answer(of transfer: Transfer, result: TransferError?) -> Result<HTTPResponse, TransferError>
}
