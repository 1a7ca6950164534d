import Foundation
import Testing

@testable import ServerConfiguration

/// Reads `text` as if it stood in `recado.yaml`.
func configuration(
    _ text: String, _ environment: [String: String] = [:], file: String = "recado.yaml"
) throws -> ServerConfiguration {
    try ServerConfiguration.read(text, file: file, environment: environment, transports: FakeTransport.all)
}

/// What is wrong with `text`, one line each.
func problems(_ text: String, _ environment: [String: String] = [:]) -> [String] {
    do {
        _ = try configuration(text, environment)
        return []
    } catch {
        return "\(error)".split(separator: "\n").map(String.init)
    }
}

/// A private folder that is gone after `body`.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "recado-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func write(_ text: String, to path: String, mode: Int = 0o600) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}

/// The root of the package.
let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
