import FoundationEssentials
import Glibc

/// Runs `body` with a new directory that only we may enter, and removes it afterwards.
///
/// Its path is short (`/tmp/recado-XXXXXX`), so that a unix socket's path fits into its 107 bytes.
@discardableResult
public func withTemporaryDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
    var template = Array("/tmp/recado-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
        throw ServerError("No directory can be made in /tmp: \(String(cString: strerror(errno)))")
    }
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}
