import EventQueue

/// Some events of a commit are known to be there, the others are not.
struct PartlyWritten: Error {
    /// In the order of the events; nil for those of which `problem` is to be said.
    let answers: [Acceptance?]
    let problem: ErrorAnswer

    /// What a request with these events is told. Where some of them are there and some are not, it has to repeat them all.
    func result(of answers: ArraySlice<Acceptance?>) -> Result<[Acceptance], ErrorAnswer> {
        let accepted = answers.compactMap { $0 }
        if accepted.count == answers.count { return .success(accepted) }
        return .failure(accepted.isEmpty ? problem : GroupCommitter.outcomeUnknown)
    }

    /// Puts `more` where nothing is known yet, in order.
    static func filled(_ known: [Acceptance?], with more: [Acceptance?]) -> [Acceptance?] {
        var more = more[...]
        return known.map { $0 ?? more.popFirst() ?? nil }
    }
}
