import FoundationEssentials

/// The end of a log, for people who must find out why a server did not start.
package enum LogTail {
    /// The last `count` lines of the file, or a sentence that says there are none.
    package static func lastLines(of path: String, count: Int = 20) -> String {
        guard let content = FileManager.default.contents(atPath: path), !content.isEmpty else {
            return "\(path) is empty."
        }
        let lines = String(decoding: content.suffix(65_536), as: UTF8.self).split(separator: "\n")
        return "The last lines of \(path):\n" + lines.suffix(count).joined(separator: "\n")
    }
}
