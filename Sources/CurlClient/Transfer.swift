import Synchronization

/// One transfer from submission to its answer.
///
/// Everything but ``isCancelled`` belongs to the loop's thread once the transfer is submitted, which is why it may cross to it.
final class Transfer: @unchecked Sendable {
    let request: any TransferRequest
    let allowedRanges: [AddressRange]
    let deadline: ContinuousClock.Instant
    /// The handle while libcurl works on it.
    var handle: EasyHandle?
    /// The answer's body so far, at most `maxResponseBytes`.
    private(set) var received: [UInt8] = []
    private let cancellation = Atomic(false)
    private var openedSockets = 0
    private var forbiddenSockets = 0
    private var wasStoppedByGuard = false
    private var sendings = 0
    /// Once, and once more where a kept connection turns out to be closed: its peer may have ended it a moment before. libcurl would go
    /// on over every connection that it keeps to the host, within one attempt, though the receiver has read each of the requests.
    private static let maximumSendings = 2
    /// Set once, before the transfer is submitted.
    var continuation: CheckedContinuation<Result<HTTPResponse, TransferError>, Never>?

    init(_ request: any TransferRequest, allowedRanges: [AddressRange]) {
        self.request = request
        self.allowedRanges = allowedRanges
        deadline = ContinuousClock.now + request.timeout
    }

    /// Whether the caller has lost interest.
    var isCancelled: Bool { cancellation.load(ordering: .relaxed) }

    /// Called by the caller's task at any time.
    func markCancelled() { cancellation.store(true, ordering: .relaxed) }

    /// Whether every address that was tried was refused by the guard.
    var isForbidden: Bool { wasStoppedByGuard || (forbiddenSockets > 0 && openedSockets == 0) }

    func mayConnect(to address: IPAddress?) -> Bool {
        if request.allowsPrivateAddresses { return true }
        guard let address else { return false }
        return address.isPublic || allowedRanges.contains { $0.contains(address) }
    }

    /// Asked before each socket is opened.
    func shouldOpenSocket(to address: IPAddress?) -> Bool {
        let isAllowed = mayConnect(to: address)
        if isAllowed { openedSockets += 1 } else { forbiddenSockets += 1 }
        return isAllowed
    }

    /// Whether it was given up because every connection broke without an answer.
    var isBrokenOff: Bool { sendings > Self.maximumSendings }

    /// Asked before the request goes out. A kept connection may have been opened by a request that was allowed more.
    func shouldSend(to address: UnsafePointer<CChar>) -> Bool {
        if !request.allowsPrivateAddresses, !mayConnect(to: IPAddress(String(cString: address))) {
            wasStoppedByGuard = true
            return false
        }
        sendings += 1
        return !isBrokenOff
    }

    /// Keeps what fits. Returns false when that is not all.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let room = request.maxResponseBytes - received.count
        received.append(contentsOf: bytes.prefix(max(0, room)))
        return bytes.count <= room
    }

    func finish(_ answer: Result<HTTPResponse, TransferError>) {
        continuation?.resume(returning: answer)
        continuation = nil
    }
}
