import Dispatching

/// Puts the requests of one connection together out of bytes that may arrive one by one.
///
/// Nothing reaches libfcgi that has not come through here: it trusts its peer, keeps PARAMS without bound and waits for
/// whatever is missing. Bodies never reach it: they are taken out of their records here, once. Requests are not multiplexed: a
/// second one inside another is refused, its records are skipped.
struct RequestCollector {
    struct Limits: Sendable {
        let parameterBytes: Int
        let bodyBytes: Int
        let connections: Int
    }

    /// The peer breaks the protocol, or one of our bounds: its connection is closed.
    struct Unsound: Error {}

    /// What has arrived of the current request.
    enum Progress: Equatable {
        case nothing
        case head
        case body
    }

    private enum Content {
        case skipped
        case beginRequest
        case parameters
        case body
        case management(UInt8)
    }

    private static let managementBytes = 1024
    private static let responderRole: UInt16 = 1
    /// What web servers say of a request, some 30 parameters.
    private static let usualHeadBytes = 1024

    private let limits: Limits
    private(set) var progress = Progress.nothing
    /// Whether to close the connection after what has been answered.
    private(set) var isLastReply = false

    private var headerBits: UInt64 = 0
    private var headerBytes = 0
    private var header = RecordHeader(bits: 0)
    private var content = Content.skipped
    private var contentLeft = 0
    private var paddingLeft = 0
    /// The content of a BEGIN_REQUEST or management record.
    private var control: [UInt8] = []

    private var requestID: UInt16 = 0
    private var keepsConnection = false
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    /// What has been announced of the body, kept or not.
    private var bodyLength = 0
    private var lengths: NameValueLengths
    private var refusal: ErrorAnswer?

    init(limits: Limits) {
        self.limits = limits
        self.lengths = NameValueLengths(limit: limits.parameterBytes)
    }

    /// Whether the connection may stay like this as long as it likes.
    var isAtRest: Bool { progress == .nothing && headerBytes == 0 && contentLeft == 0 && paddingLeft == 0 }

    /// Bytes held for the current request.
    var heldBytes: Int { head.count + body.count }

    /// Takes bytes up to the end of a request.
    ///
    /// - Parameters:
    ///   - input: What has arrived, moved forward past what was taken.
    ///   - replies: Gets the records to send back now.
    /// - Returns: A request, once it is whole.
    mutating func take(
        _ input: inout UnsafeRawBufferPointer, replies: inout [UInt8]
    ) throws(Unsound) -> CollectedRequest? {
        while !input.isEmpty {
            if contentLeft > 0 {
                let piece = UnsafeRawBufferPointer(rebasing: input.prefix(contentLeft))
                try takeContent(piece)
                contentLeft -= piece.count
                input.skip(piece.count)
                if contentLeft == 0 { try endContent(&replies) }
            } else if paddingLeft > 0 {
                let step = min(paddingLeft, input.count)
                paddingLeft -= step
                input.skip(step)
            } else {
                takeHeader(&input)
                if headerBytes == RecordHeader.size, let whole = try startRecord(&replies) { return whole }
            }
        }
        return nil
    }

    /// Drops the body, now and what still comes of it: the request will be answered with `answer` instead.
    mutating func refuse(_ answer: ErrorAnswer) {
        refusal = answer
        body = []
    }

    /// Ends the current request because no more will come of it.
    ///
    /// - Returns: The request if there is enough of it to answer: it was cut short in its body.
    mutating func cutShort() -> CollectedRequest? {
        guard progress == .body else { return nil }
        if refusal == nil { refuse(.incompleteBody) }
        keepsConnection = false
        return finish()
    }

    /// Takes what there is of a record's header.
    private mutating func takeHeader(_ input: inout UnsafeRawBufferPointer) {
        if headerBytes == 0, input.count >= RecordHeader.size {
            headerBits = UInt64(bigEndian: input.loadUnaligned(as: UInt64.self))
            headerBytes = RecordHeader.size
            input.skip(RecordHeader.size)
        } else {
            headerBits = headerBits << 8 | UInt64(input[0])
            headerBytes += 1
            input.skip(1)
        }
    }

    private mutating func startRecord(_ replies: inout [UInt8]) throws(Unsound) -> CollectedRequest? {
        header = RecordHeader(bits: headerBits)
        headerBytes = 0
        contentLeft = header.contentLength
        paddingLeft = header.paddingLength
        guard header.version == 1 else { throw Unsound() }
        if header.requestID == 0 {
            guard header.kind != RecordHeader.Kind.beginRequest, contentLeft <= Self.managementBytes else {
                throw Unsound()
            }
            content = .management(header.kind)
        } else if header.kind == RecordHeader.Kind.beginRequest {
            guard contentLeft == 8, progress == .nothing || header.requestID != requestID else { throw Unsound() }
            content = .beginRequest
        } else if progress == .nothing || header.requestID != requestID {
            content = .skipped
        } else if let whole = try startRecordOfRequest(&replies) {
            return whole
        }
        if contentLeft == 0 { try endContent(&replies) }
        return nil
    }

    private mutating func startRecordOfRequest(_ replies: inout [UInt8]) throws(Unsound) -> CollectedRequest? {
        content = .skipped
        switch (header.kind, progress) {
        case (RecordHeader.Kind.parameters, .head):
            content = .parameters
            appendHeader()
            if contentLeft == 0 {
                guard lengths.isBetweenPairs else { throw Unsound() }
                progress = .body
            }
        case (RecordHeader.Kind.standardInput, .body):
            if contentLeft == 0 { return finish() }
            content = .body
            bodyLength += contentLeft
            if bodyLength > limits.bodyBytes, refusal == nil { refuse(.tooLarge(limit: limits.bodyBytes)) }
        case (RecordHeader.Kind.abortRequest, _):
            replies += ControlRecords.endRequest(requestID, .requestComplete)
            isLastReply = !keepsConnection
            reset()
        default:
            throw Unsound()
        }
        return nil
    }

    private mutating func takeContent(_ piece: UnsafeRawBufferPointer) throws(Unsound) {
        switch content {
        case .skipped: break
        case .beginRequest, .management: control.append(contentsOf: piece)
        case .parameters:
            guard lengths.take(piece) else { throw Unsound() }
            head.append(contentsOf: piece)
            // Records with hardly anything in them are mostly headers, which we keep too.
            guard head.count <= 2 * limits.parameterBytes else { throw Unsound() }
        case .body:
            if refusal == nil { body.append(contentsOf: piece) }
        }
    }

    private mutating func endContent(_ replies: inout [UInt8]) throws(Unsound) {
        switch content {
        case .skipped, .parameters, .body: return
        case .beginRequest: begin(&replies)
        case .management(RecordHeader.Kind.getValues):
            replies += ControlRecords.valuesResult(for: control, maximumConnections: limits.connections)
        case .management(let kind):
            replies += ControlRecords.unknownType(kind)
        }
        control.removeAll(keepingCapacity: true)
    }

    private mutating func begin(_ replies: inout [UInt8]) {
        let role = UInt16(control[0]) << 8 | UInt16(control[1])
        let keeps = control[2] & 1 == 1
        if progress != .nothing {
            replies += ControlRecords.endRequest(header.requestID, .cannotMultiplex)
        } else if role != Self.responderRole {
            replies += ControlRecords.endRequest(header.requestID, .unknownRole)
            isLastReply = !keeps
        } else {
            requestID = header.requestID
            keepsConnection = keeps
            progress = .head
            head.reserveCapacity(Self.usualHeadBytes)
            appendHeader()
            head.append(contentsOf: control)
        }
    }

    private mutating func appendHeader() {
        head.append(
            RecordHeader(kind: header.kind, requestID: requestID, contentLength: header.contentLength))
    }

    private mutating func finish() -> CollectedRequest {
        head.append(
            RecordHeader(kind: RecordHeader.Kind.standardInput, requestID: requestID, contentLength: 0))
        let whole = CollectedRequest(
            requestID: requestID, head: head, body: body, keepsConnection: keepsConnection, refusal: refusal)
        reset()
        return whole
    }

    private mutating func reset() {
        progress = .nothing
        head = []
        body = []
        bodyLength = 0
        lengths = NameValueLengths(limit: limits.parameterBytes)
        refusal = nil
    }
}

extension UnsafeRawBufferPointer {
    fileprivate mutating func skip(_ count: Int) {
        self = UnsafeRawBufferPointer(rebasing: self[count...])
    }
}
