/// A configuration that cannot be used, with everything that is wrong with it.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one, in the order of the file; those without a place in it come last.
    public let problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) {
        self.problems = problems.enumerated()
            .sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
            .map(\.element)
    }

    init(_ message: String, at place: ConfigurationPlace = .defaults) {
        problems = [ConfigurationProblem(place: place, key: "", message: message)]
    }

    /// The problems, one a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

extension ConfigurationProblem {
    fileprivate var order: Int {
        if case .file(_, let line, let column) = place { line << 20 | min(column, 1 << 20 - 1) } else { Int.max }
    }
}
