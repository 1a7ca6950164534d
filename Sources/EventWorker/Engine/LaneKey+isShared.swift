import EventQueue

extension LaneKey {
    var isShared: Bool {
        if case .shared = self { true } else { false }
    }
}
