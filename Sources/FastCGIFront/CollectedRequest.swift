import Dispatching

/// A request as it came over the wire, whole and sound: what libfcgi may read.
struct CollectedRequest: Sendable {
    let requestID: UInt16
    /// Its BEGIN_REQUEST, PARAMS and STDIN records up to the empty STDIN, without padding or anybody else's records.
    let records: [UInt8]
    /// How many bytes of body are in `records`.
    let bodyLength: Int
    /// Whether the peer asked to keep the connection (FCGI_KEEP_CONN).
    let keepsConnection: Bool
    /// The answer, where the body was not kept: too large, cut short, or no room for it.
    let refusal: ErrorAnswer?
}
