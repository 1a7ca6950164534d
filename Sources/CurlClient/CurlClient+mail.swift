extension CurlClient {
    /// Hands in `mail`. The connection is kept for the next one.
    ///
    /// No address guard: the server is the operator's choice.
    ///
    /// - Returns: nothing once the server has taken the mail, else why not: `rejected` and `auth` carry its reply code, of which
    ///   4xx may pass and 5xx will not.
    public func send(_ mail: Mail, through server: MailServer, timeout: Duration) async -> Result<Void, TransferError> {
        await run(MailSubmission(server: server, timeout: timeout, mail: mail)).map { _ in }
    }

    /// Connects, logs in and says NOOP.
    public func check(_ server: MailServer, timeout: Duration) async -> Result<Void, TransferError> {
        await run(MailSubmission(server: server, timeout: timeout, mail: nil)).map { _ in }
    }
}
