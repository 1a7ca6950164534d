import EventModel
import ExecListener
import Glibc
import ListenerKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExecTests {
    init() { signal(SIGPIPE, SIG_IGN) }

    @Test(
        arguments: [
            ("exit 0", .delivered(detail: "exit 0")),
            ("cat > /dev/null; exit 0", .delivered(detail: "exit 0")),
            ("exec 0<&-; exit 0", .delivered(detail: "exit 0")),
            ("echo noise; echo more >&2; exit 0", .delivered(detail: "exit 0")),
            ("exit 75", .retryable(Failure(.receiverError, "exit 75"))),
            ("echo later >&2; exit 75", .retryable(Failure(.receiverError, "exit 75: later"))),
            ("exit 1", .retryable(Failure(.receiverError, "exit 1"))),
            ("exec php -r 'throw new Exception();' 2>&-", .retryable(Failure(.receiverError, "exit 255"))),
            ("exit 65", .permanent(Failure(.rejected, "exit 65"))),
            (
                "printf 'one\\ntwo\\033[31m\\tthree\\n' >&2; exit 65",
                .permanent(Failure(.rejected, "exit 65: one two [31m three"))
            ),
            ("kill -SEGV $$", .retryable(Failure(.failed, "ended by signaled(11)"))),
        ] as [(String, Outcome)])
    func `the exit status is the outcome`(_ script: String, _ expected: Outcome) async throws {
        #expect(try await deliver(["sh", "-c", script]) == expected)
    }

    @Test func `the payload and the event arrive`() async throws {
        let script = #"""
            test "$(cat)" = '{"a": "ä"}' || { echo payload >&2; exit 1; }
            env | grep -v -e ^PWD -e ^SHLVL -e ^_ -e ^PATH -e ^HOME | sort | tr '\n' ' ' >&2; pwd >&2; exit 1
            """#
        let settings: [String: SettingValues.Value] = [
            "environment": .map(["SHOP": "7", "RECADO_EVENT": "forged"]), "directory": .string("/"),
        ]
        let outcome = try await deliver(["sh", "-c", script], settings)
        let uuid = "0191d0c4-0000-7000-8000-000000000001"
        let expected = [
            "RECADO_ATTEMPT=2", "RECADO_DELIVERY_ID=\(uuid):script", "RECADO_EVENT=a.b", "RECADO_EVENT_ID=\(uuid)",
            "RECADO_INSTANCE=i1", "RECADO_MAX_ATTEMPTS=3", "RECADO_REQUEST_ID=", "RECADO_SEQUENCE=42",
            "RECADO_TENANT=t1", "SHOP=7", "/",
        ]
        #expect(outcome == .retryable(Failure(.receiverError, "exit 1: " + expected.joined(separator: " "))))
    }

    @Test func `an event that no environment can hold is given up`() async throws {
        let listener = try ExecTransport().makeListener(
            name: "script", settings: SettingValues(["command": .list(["true"])]))
        let outcome = await listener.deliver(
            Delivery(
                event: makeEvent(name: "a\0b", payload: "{}"), listener: "script", attempt: 1, maxAttempts: 3,
                timeout: .seconds(5)))
        #expect(
            outcome
                == .permanent(
                    Failure(.rejected, "the event's name or another column holds a NUL: no program can be told")))
    }

    @Test func `a large payload is no trouble, read or not`() async throws {
        let payload = "\"" + String(repeating: "x", count: 2_000_000) + "\""
        let count = #"test "$(wc -c)" -eq 2000002"#
        #expect(try await deliver(["sh", "-c", count], payload: payload) == .delivered(detail: "exit 0"))
        #expect(try await deliver(["true"], payload: payload) == .delivered(detail: "exit 0"))
        let closing = "exec 0<&-; sleep 0.2"
        #expect(try await deliver(["sh", "-c", closing], payload: payload) == .delivered(detail: "exit 0"))
    }

    @Test func `only the last of a long complaint is kept`() async throws {
        let script = "yes complaint | head -c 3000000 >&2; printf 'the end' >&2; exit 65"
        guard case .permanent(let failure) = try await deliver(["sh", "-c", script]) else {
            Issue.record("not permanent")
            return
        }
        #expect(failure.message.hasSuffix("complaint the end"))
        #expect(failure.message.utf8.count <= 520)
    }

    @Test func `a program that takes too long is killed with its children`() async throws {
        let marker = "recado-\(UInt64.random(in: 0...UInt64.max))"
        let script = "trap '' TERM; sh -c 'sleep 60; : \(marker)' & sh -c 'sleep 61; : \(marker)'; wait"
        let outcome = try await deliver(["sh", "-c", script], timeout: .milliseconds(500))
        #expect(outcome == .retryable(Failure(.timeout, "killed: it did not end in time")))
        let survivors = "cat /proc/[0-9]*/cmdline 2>/dev/null | grep -q -a '[s]leep 6.; : \(marker)'"
        #expect(try await deliver(["sh", "-c", survivors]) == .retryable(Failure(.receiverError, "exit 1")))
    }

    @Test func `cancelling kills the program and puts the delivery back`() async throws {
        let task = Task { try await deliver(["sh", "-c", "sleep 60"]) }
        task.cancel()
        #expect(try await task.value == .putBack)
    }

    @Test func `a child in the background does not hold the delivery up`() async throws {
        let start = ContinuousClock.now
        #expect(try await deliver(["sh", "-c", "sleep 5 & exit 0"]) == .delivered(detail: "exit 0"))
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test(arguments: [["/nowhere/program"], ["no-such-program-anywhere"], ["/etc/passwd"]])
    func `a program that cannot be run is misconfigured`(_ command: [String]) async throws {
        guard case .permanent(let failure) = try await deliver(command) else {
            Issue.record("not permanent")
            return
        }
        #expect(failure.reason == .misconfigured)
    }

    @Test func `a directory that is not there is misconfigured`() async throws {
        let outcome = try await deliver(["true"], ["directory": .string("/nowhere")])
        #expect(outcome == .permanent(Failure(.misconfigured, "the directory is not there")))
    }

    @Test func `a command without program is refused`() {
        #expect(throws: SettingError.self) {
            try ExecTransport().makeListener(name: "x", settings: SettingValues(["command": .list([])]))
        }
    }

    private func deliver(
        _ command: [String], _ settings: [String: SettingValues.Value] = [:], payload: String = #"{"a": "ä"}"#,
        timeout: Duration = .seconds(20)
    ) async throws -> Outcome {
        let values = ["command": SettingValues.Value.list(command)].merging(settings) { $1 }
        let listener = try ExecTransport().makeListener(name: "script", settings: SettingValues(values))
        let event = makeEvent(payload: payload, instance: "i1", tenant: "t1")
        return await listener.deliver(
            Delivery(event: event, listener: "script", attempt: 2, maxAttempts: 3, timeout: timeout))
    }
}
