import Dispatching
import Testing

@testable import FastCGIFront

@Suite struct RecordFuzzTests {
    private static let limits = RequestCollector.Limits(parameterBytes: 4096, bodyBytes: 4096, connections: 7)

    /// What comes of a connection on which nothing more will come.
    private struct Outcome {
        var requests: [CollectedRequest] = []
        var replies: [UInt8] = []
        var isClosed = false
    }

    @Test func `how bytes are cut does not matter`() throws {
        try Fuzz.run("fastcgi") { bytes in
            let whole = Self.collect(bytes, in: bytes.count)
            for size in [1, 7, 64] {
                let cut = Self.collect(bytes, in: size)
                guard whole.requests.map(\.head) == cut.requests.map(\.head),
                    whole.requests.map(\.body) == cut.requests.map(\.body),
                    whole.requests.map(\.refusal) == cut.requests.map(\.refusal), whole.isClosed == cut.isClosed
                else { return "in pieces of \(size) it is something else" }
                // What comes together with a last reply may be answered before the connection is closed.
                guard whole.replies.starts(with: cut.replies) else {
                    return "in pieces of \(size) it is answered differently"
                }
            }
            return nil
        }
    }

    @Test func `what is collected stays within its bounds, and libfcgi reads it to its end`() throws {
        let library = try LibraryRequest()
        try Fuzz.run("fastcgi") { bytes in
            for request in Self.collect(bytes, in: 4096).requests {
                let again = Self.collect(request.head, in: request.head.count).requests
                guard again.map(\.head) == [request.head] else {
                    return "it is not the same when it is collected again"
                }
                guard request.body.count <= Self.limits.bodyBytes else { return "the body is too large" }
                do { try library.accept(request.head) } catch { return "libfcgi refuses it" }
                defer { library.release() }
                var parameterBytes = 0
                library.forEachParameter { parameterBytes += $0.count }
                guard parameterBytes <= Self.limits.parameterBytes else { return "too many parameters" }
            }
            return nil
        }
    }

    private static func collect(_ bytes: [UInt8], in size: Int) -> Outcome {
        var outcome = Outcome()
        var collector = RequestCollector(limits: limits)
        var rest = bytes[...]
        while !rest.isEmpty, !outcome.isClosed {
            rest.prefix(max(size, 1)).withUnsafeBytes { piece in
                var piece = piece
                while !piece.isEmpty, !outcome.isClosed {
                    do {
                        let request = try collector.take(&piece, replies: &outcome.replies)
                        if collector.isLastReply { throw RequestCollector.Unsound() }
                        if let request { outcome.requests.append(request) }
                        if let request, !request.keepsConnection { outcome.isClosed = true }
                    } catch {
                        outcome.isClosed = true
                    }
                }
            }
            rest = rest.dropFirst(max(size, 1))
        }
        if !outcome.isClosed, let request = collector.cutShort() { outcome.requests.append(request) }
        return outcome
    }
}
