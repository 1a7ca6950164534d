/// How one kind of value is written in the configuration, both ways: read from what stands there, and written back.
struct ValueFormat<Value: Sendable>: Sendable {
    /// What it takes, for the documentation and for messages: `duration, 2s to 10m`.
    let summary: String
    /// The value; nil after adding at least one problem.
    let read: @Sendable (WrittenValue, inout [ConfigurationProblem]) -> Value?
    /// The value in YAML's flow style; nil where it is unset.
    let write: @Sendable (Value) -> String?
}

/// Why a text is not a value of some format.
struct Malformed: Error {
    /// The rest of a sentence about the value, such as `must be from 1 to 10`.
    let message: String
    var suggestion: String?
    /// Whether the message goes on with what was written instead.
    var showsValue = true
}

extension ValueFormat {
    /// A format whose values are one text each.
    ///
    /// - Parameter noun: what the text must be, with its article.
    static func scalar(
        _ summary: String,
        noun: String,
        read: @escaping @Sendable (String) throws(Malformed) -> Value,
        write: @escaping @Sendable (Value) -> String?
    ) -> ValueFormat {
        ValueFormat(
            summary: summary,
            read: { written, problems in
                guard case .scalar(let text, _) = written.content else {
                    problems.append(written.problem("must be \(noun), but is \(written.noun)"))
                    return nil
                }
                do throws(Malformed) {
                    return try read(text)
                } catch {
                    let end = error.showsValue ? ", but is \(written.noun)" : ""
                    problems.append(written.problem(error.message + end, suggestion: error.suggestion))
                    return nil
                }
            },
            write: write)
    }

    /// The same notation for another type.
    func map<Other>(
        _ forth: @escaping @Sendable (Value) -> Other, back: @escaping @Sendable (Other) -> Value?
    ) -> ValueFormat<Other> {
        ValueFormat<Other>(
            summary: summary,
            read: { written, problems in read(written, &problems).map(forth) },
            write: { other in back(other).flatMap(write) })
    }
}
