/// An HTTP request as a server got it.
public struct ReceivedRequest: Sendable {
    /// `POST /path HTTP/1.1`
    public let requestLine: String
    /// The header lines in their order.
    public let headers: [String]
    public internal(set) var body: [UInt8] = []

    init(lines: [String]) {
        requestLine = lines[0]
        headers = Array(lines.dropFirst())
    }

    public var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? {
        for line in headers {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
            return String(parts[1].drop { $0 == " " })
        }
        return nil
    }
}
