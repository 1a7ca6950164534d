extension ValueFormat where Value == [String] {
    /// Texts. A single one is a list of one; in an environment variable they may stand between commas.
    static let texts = list(of: .text, summary: "list of texts")
}

extension ValueFormat where Value == [Duration] {
    /// Durations, as `[0s, 10s]` or `0s, 10s`.
    static func durations(_ range: ClosedRange<Duration>) -> Self {
        let longest = DurationText.write(range.upperBound)
        return list(of: .duration(range), summary: "list of durations, each at most \(longest)", splitsCommas: true)
    }
}

extension ValueFormat where Value == [String: String] {
    /// Names with a text each.
    static let map = ValueFormat(
        summary: "mapping of texts",
        read: { written, problems in
            guard let written = written.unfolded(&problems) else { return nil }
            guard case .mapping(let entries) = written.content else {
                problems.append(written.problem("must be a mapping of names to texts, but is \(written.noun)"))
                return nil
            }
            let count = problems.count
            var result: [String: String] = [:]
            for entry in entries { result[entry.name] = ValueFormat<String>.text.read(entry.value, &problems) }
            return problems.count == count ? result : nil
        },
        write: { map in
            if map.isEmpty { return nil }
            let entries = map.sorted { $0.key < $1.key }
            return "{" + entries.map { "\(YAMLText.flow($0.key)): \(YAMLText.flow($0.value))" }.joined(separator: ", ")
                + "}"
        })
}

extension ValueFormat {
    /// A list whose elements all have the `element` format.
    static func list<Element>(
        of element: ValueFormat<Element>, summary: String, splitsCommas: Bool = false
    ) -> ValueFormat<[Element]> where Value == [Element] {
        ValueFormat<[Element]>(
            summary: summary,
            read: { written, problems in
                guard let written = written.unfolded(&problems) else { return nil }
                let count = problems.count
                let elements = written.elements(splitsCommas: splitsCommas || !written.isInFile)
                    .compactMap { element.read($0, &problems) }
                return problems.count == count ? elements : nil
            },
            write: { elements in
                if elements.isEmpty { return nil }
                return "[" + elements.compactMap(element.write).joined(separator: ", ") + "]"
            })
    }
}

extension WrittenValue {
    /// The elements of a list; of one text that stands for a list, its parts, spaces around them removed.
    func elements(splitsCommas: Bool) -> [WrittenValue] {
        switch content {
        case .nothing:
            return []
        case .list(let elements):
            return elements
        case .mapping:
            return [self]
        case .scalar(let text, let shown):
            guard splitsCommas, text.contains(",") else { return [self] }
            return text.split(separator: ",").map { part in
                let trimmed = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                let content = Content.scalar(text: trimmed, shown: shown == text ? trimmed : shown)
                return WrittenValue(key: key, place: place, content: content)
            }
        }
    }
}
