extension EngineState {
    /// A lane whose head can start, by the age of that event.
    struct Ready: Comparable {
        let eventID: Int64
        let laneID: Int64

        static func < (left: Ready, right: Ready) -> Bool {
            (left.eventID, left.laneID) < (right.eventID, right.laneID)
        }
    }
}
