import Dispatching

/// A request as it came over the wire, whole and sound.
struct CollectedRequest: Sendable {
    let requestID: UInt16
    /// What libfcgi may read: its BEGIN_REQUEST and PARAMS records and an empty STDIN, without padding or anybody else's records.
    let head: [UInt8]
    /// What its STDIN records held.
    let body: [UInt8]
    /// Whether the peer asked to keep the connection (FCGI_KEEP_CONN).
    let keepsConnection: Bool
    /// The answer, where the body was not kept: too large, cut short, or no room for it.
    let refusal: ErrorAnswer?
}
