public import EventModel
public import EventQueue

/// Where a dispatch comes from.
public struct DispatchOrigin: Sendable {
    let requestID: String
    let source: NewEvent.Source
    /// The tenant that the caller dispatches for, and for no other; nil where the dispatch says for whom it is.
    let tenant: ExactText?

    public init(requestID: String, source: NewEvent.Source, tenant: ExactText? = nil) {
        self.requestID = requestID
        self.source = source
        self.tenant = tenant
    }
}
