extension ValueFormat where Value == String {
    /// Any text.
    static let text = text("text")

    /// A file or folder.
    static let path = text("path")

    /// A text that `accepts` lets through.
    ///
    /// - Parameter rule: what `accepts` asks for, after "must be".
    static func text(
        _ summary: String, rule: String = "a text", where accepts: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Self {
        scalar(
            summary, noun: "a text",
            read: { text throws(Malformed) in
                guard accepts(text) else { throw Malformed(message: "must be \(rule)") }
                return text
            },
            write: YAMLText.scalar)
    }

    /// An absolute address on the web.
    static let url = text("URL", rule: "an address that begins with http:// or https://") { text in
        let lowercased = text.lowercased()
        return ["http://", "https://"].contains { scheme in
            lowercased.hasPrefix(scheme)
                && lowercased.dropFirst(scheme.count).first.map { $0 != "/" && $0 != ":" } ?? false
                && !text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7f }
        }
    }

    /// One of a few words.
    static func choice(_ words: [String]) -> Self {
        scalar(
            words.map { "`\($0)`" }.joined(separator: ", "), noun: "a word",
            read: { text throws(Malformed) in
                guard words.contains(text) else {
                    throw Malformed(
                        message: "must be one of \(words.joined(separator: ", "))",
                        suggestion: EditDistance.nearest(to: text, among: words))
                }
                return text
            },
            write: YAMLText.scalar)
    }
}

extension ValueFormat where Value == String? {
    /// A text, unset where it is empty.
    static let optionalText = ValueFormat<String>.text.map({ $0.isEmpty ? nil : $0 }, back: { $0 })
}

extension ValueFormat where Value == Secret {
    /// A text that is never shown.
    static let secret = ValueFormat<String>.text("secret").map({ Secret($0) }, back: { $0.isEmpty ? nil : Secret.mask })
}

extension ValueFormat where Value == ListeningAddress? {
    /// Where to listen; empty or `off` where nothing does.
    static let fastCGIAddress = address("`unix:/path`, `host:port`, `inherited` or empty = off") { _ in true }

    /// Where to listen for plain HTTP.
    static let httpAddress = address("`host:port` or empty = off") { if case .tcp = $0 { true } else { false } }

    private static func address(_ summary: String, where accepts: @escaping @Sendable (ListeningAddress) -> Bool)
        -> Self
    {
        scalar(
            summary, noun: "an address",
            read: { text throws(Malformed) in
                if text.isEmpty || text == "off" { return nil }
                guard let address = ListeningAddress(text), accepts(address) else {
                    throw Malformed(message: "must be \(summary.filter { $0 != "`" })")
                }
                return address
            },
            write: { YAMLText.scalar($0?.description ?? "") })
    }
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the enumeration's words.
    static var word: Self {
        let words = ValueFormat<String>.choice(Value.allCases.map(\.rawValue))
        return ValueFormat(
            summary: words.summary,
            read: { written, problems in words.read(written, &problems).flatMap { Value(rawValue: $0) } },
            write: { words.write($0.rawValue) })
    }
}
