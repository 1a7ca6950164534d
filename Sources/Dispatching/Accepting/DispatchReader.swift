import EventModel
public import EventQueue
import FoundationEssentials

/// Reads what a dispatch says. The payload is checked and carried as bytes, never decoded.
public struct DispatchReader: Sendable {
    let limits: DispatchLimits

    public init(limits: DispatchLimits) {
        self.limits = limits
    }

    /// What a body holds: one event, or several with an answer each.
    enum Content {
        case single(NewEvent)
        case several([Result<NewEvent, ErrorAnswer>])
    }

    func read(_ request: Request, from origin: DispatchOrigin) throws(ErrorAnswer) -> Content {
        let body = request.body
        guard let first = body.first(where: { !Self.isWhitespace($0) }) else {
            throw ErrorAnswer(status: 400, code: "invalid_json", message: "The body is empty.")
        }
        if first == UInt8(ascii: "[") { return .several(try array(body, from: origin)) }
        if request.headers["content-type"].map(Self.isNewlineDelimited) ?? false {
            return .several(try lines(body, from: origin))
        }
        return .single(try event(body, from: origin))
    }

    /// Reads a body that holds one event.
    public func event(
        _ body: [UInt8], from origin: DispatchOrigin
    ) throws(ErrorAnswer) -> NewEvent {
        try event(body, in: 0..<body.count, from: origin)
    }

    private func array(
        _ body: [UInt8], from origin: DispatchOrigin
    ) throws(ErrorAnswer) -> [Result<NewEvent, ErrorAnswer>] {
        let elements: [Range<Int>]
        do {
            elements = try JSONSlices.elements(of: body, limit: limits.batch, maximumDepth: limits.depth)
        } catch {
            throw Self.invalid(error)
        }
        guard elements.count <= limits.batch else { throw tooMany }
        return try each(elements, of: body, from: origin)
    }

    private func lines(
        _ body: [UInt8], from origin: DispatchOrigin
    ) throws(ErrorAnswer) -> [Result<NewEvent, ErrorAnswer>] {
        let lines = body.split(separator: UInt8(ascii: "\n")).filter { !$0.allSatisfy(Self.isWhitespace) }
        guard lines.count <= limits.batch else { throw tooMany }
        return try each(lines.map { $0.startIndex..<$0.endIndex }, of: body, from: origin)
    }

    private func each(
        _ ranges: [Range<Int>], of body: [UInt8], from origin: DispatchOrigin
    ) throws(ErrorAnswer) -> [Result<NewEvent, ErrorAnswer>] {
        guard !ranges.isEmpty else {
            throw ErrorAnswer(status: 400, code: "empty", message: "The request holds no event.")
        }
        return ranges.map { range in
            Result { () throws(ErrorAnswer) in
                try event(body, in: range, from: origin)
            }
        }
    }

    private func event(
        _ body: [UInt8], in range: Range<Int>, from origin: DispatchOrigin
    ) throws(ErrorAnswer) -> NewEvent {
        let members: [JSONSlices.Member]
        do {
            members = try JSONSlices.members(of: body, in: range, maximumDepth: limits.depth)
        } catch {
            let isValid = (try? JSONSlices.validate(Array(body[range]), maximumDepth: limits.depth)) != nil
            throw isValid ? Self.notAnObject : Self.invalid(error)
        }
        var fields = DispatchFields(body: body)
        for member in members { try fields.take(member) }
        return try fields.event(limits: limits, from: origin)
    }

    private var tooMany: ErrorAnswer {
        ErrorAnswer(status: 413, code: "too_many", message: "More than \(limits.batch) events in one request.")
    }

    private static let notAnObject = ErrorAnswer(
        status: 400, code: "not_an_object", message: "An event is a JSON object with the members event and payload.")

    private static func invalid(_ problem: JSONProblem) -> ErrorAnswer {
        ErrorAnswer(status: 400, code: "invalid_json", message: "The body is not valid JSON: \(problem).")
    }

    private static func isNewlineDelimited(_ contentType: String) -> Bool {
        // What everybody sends, before anything is made of it.
        if contentType == "application/json" { return false }
        let type = contentType.prefix { $0 != ";" }.lowercased()
        return type.hasPrefix("application/x-ndjson") || type.hasPrefix("application/jsonl")
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
