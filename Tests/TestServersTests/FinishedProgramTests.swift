import TestServers
import Testing

@Suite("A finished program")
struct FinishedProgramTests {
    @Test("tells its status and what it wrote, from what it read")
    func tellsStatusAndOutput() async throws {
        let program = try await FinishedProgram.run(
            "sh", ["-c", "cat; echo $GREETING >&2; exit 3"], environment: ["GREETING": "hello"], input: "in ")
        #expect(program.status == 3)
        #expect(program.output == "in hello\n")
    }

    @Test("is killed when its time is over")
    func isKilled() async throws {
        await #expect(throws: ServerError.self) {
            _ = try await FinishedProgram.run("sleep", ["60"], within: .milliseconds(50))
        }
    }
}
