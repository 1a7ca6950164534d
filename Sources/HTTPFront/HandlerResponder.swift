import Dispatching
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Translates between Hummingbird's requests and ours.
struct HandlerResponder: HTTPResponder {
    typealias Context = ConnectionContext

    let handler: any RequestHandler
    let maximumBodyBytes: Int
    let budget: ByteBudget

    func respond(to request: HummingbirdCore.Request, context: Context) async throws -> HummingbirdCore.Response {
        var body: [UInt8] = []
        var answer: Dispatching.Response
        defer { budget.give(body.count) }
        do {
            guard request.headers.count <= HeaderFields.limit else { throw ErrorAnswer.tooManyHeaders }
            var translated = translate(request, peer: context.peer)
            // Whoever may not ask takes none of the room for bodies.
            if handler.admits(translated) {
                try await collect(request, into: &body)
                translated.body = body
            }
            let make = await withCheckedContinuation { continuation in
                handler.handle(translated) { continuation.resume(returning: $0) }
            }
            answer = make()
        } catch let refusal as ErrorAnswer {
            answer = refusal.response
        }
        return translate(answer, isHead: request.method == .head)
    }

    /// Reads the whole body, whose bytes are taken from the budget.
    ///
    /// - Throws: the answer where it is larger than we take, or there is no room for it.
    private func collect(_ request: HummingbirdCore.Request, into body: inout [UInt8]) async throws {
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard announced <= maximumBodyBytes else { throw ErrorAnswer.tooLarge(limit: maximumBodyBytes) }
        for try await piece in request.body {
            guard body.count + piece.readableBytes <= maximumBodyBytes else {
                throw ErrorAnswer.tooLarge(limit: maximumBodyBytes)
            }
            guard budget.take(piece.readableBytes) else { throw ErrorAnswer.receivingTooMuch }
            body.append(contentsOf: piece.readableBytesView)
        }
    }

    private func translate(
        _ request: HummingbirdCore.Request, peer: Dispatching.Request.Peer
    ) -> Dispatching.Request {
        var headers = HeaderFields()
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
        }
        return Dispatching.Request(
            method: request.method.rawValue.uppercased(), path: request.uri.path, query: request.uri.query ?? "",
            headers: headers, peer: peer)
    }

    private func translate(_ answer: Dispatching.Response, isHead: Bool) -> HummingbirdCore.Response {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let response = HummingbirdCore.Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        return isHead ? response.createHeadResponse() : response
    }
}
