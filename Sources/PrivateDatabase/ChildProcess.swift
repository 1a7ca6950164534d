import BlockingWork
import Glibc
import Synchronization

/// A program that runs for long beside us, in a process group of its own.
///
/// Its group keeps a terminal's Ctrl-C away from it: who started it decides when it ends. What the program leaves behind in
/// its group is killed when it ends. Nothing is inherited but the three standard streams.
package final class ChildProcess: Sendable {
    /// What to start.
    package struct Command: Sendable {
        /// The program's path; it is not searched for.
        package var executable: String
        /// The arguments, without the program's name.
        package var arguments: [String]
        /// Variables added to ours, or replacing them.
        package var environment: [String: String]
        /// Where it runs; our own working directory where nil.
        package var workingDirectory: String?
        /// The file that standard input is read from.
        package var inputPath = "/dev/null"
        /// The file that standard output and standard error are appended to.
        package var outputPath: String

        package init(
            _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
            workingDirectory: String? = nil, outputPath: String
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.outputPath = outputPath
        }
    }

    private struct State {
        var status: ExitStatus?
        var waiting: [Int: CheckedContinuation<ExitStatus?, Never>] = [:]
        var lastNumber = 0
    }

    package let processID: Int32
    private let state = Mutex(State())

    private init(processID: Int32) {
        self.processID = processID
    }

    /// Starts `command`.
    ///
    /// - Throws: ``SpawnError`` where the kernel refuses: no such program, directory or output file, no more processes.
    package static func start(_ command: Command) throws -> ChildProcess {
        let child = ChildProcess(processID: try spawn(command))
        startThread(name: "child \(child.processID)") { child.reap() }
        return child
    }

    /// How it ended; nil while it runs.
    package var exitStatus: ExitStatus? {
        state.withLock { $0.status }
    }

    /// Sends `signal` to the process, or does nothing where it has ended.
    package func send(_ signal: Int32) {
        // Under the lock, because the number may belong to a stranger once the process has been reaped.
        state.withLock { state in
            if state.status == nil { kill(processID, signal) }
        }
    }

    /// Sends `signal` to the process and its descendants, or does nothing where the process has ended.
    package func sendToGroup(_ signal: Int32) {
        state.withLock { state in
            if state.status == nil { kill(-processID, signal) }
        }
    }

    /// Waits until the process has ended, whether or not the caller is cancelled, and returns how.
    package func waitForExit() async -> ExitStatus {
        while true {
            if let status = await waitForExit(within: .seconds(3600)) { return status }
        }
    }

    /// Waits until the process has ended, whether or not the caller is cancelled.
    ///
    /// - Returns: How it ended, or nil where it still runs when `limit` is over.
    package func waitForExit(within limit: Duration) async -> ExitStatus? {
        await withCheckedContinuation { continuation in
            let status: ExitStatus? = state.withLock { state in
                if let status = state.status { return status }
                state.lastNumber += 1
                state.waiting[state.lastNumber] = continuation
                startTimer(for: state.lastNumber, limit: limit)
                return nil
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Asks the process to end with SIGTERM, and kills it where it has not ended after `limit`.
    @discardableResult
    package func stop(within limit: Duration = .seconds(10)) async -> ExitStatus {
        send(SIGTERM)
        if let status = await waitForExit(within: limit) { return status }
        sendToGroup(SIGKILL)
        return await waitForExit()
    }

    // A task of its own: the wait outlives the cancellation of whoever waits, because it is how clean-up waits.
    private func startTimer(for number: Int, limit: Duration) {
        Task {
            try? await Task.sleep(for: limit)
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }

    /// Waits for the end on a thread of its own, and tells everybody who waits.
    private func reap() {
        var information = siginfo_t()
        // WNOWAIT: the process stays a zombie, so its number and its group's stay its own while the group is killed.
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
        let (status, waiting) = state.withLock { state in
            kill(-processID, SIGKILL)
            var raw: Int32 = 0
            while waitpid(processID, &raw, 0) == -1 && errno == EINTR {}
            // wait(2): the low seven bits are the signal, the next byte the status.
            let status: ExitStatus = raw & 0x7F == 0 ? .exited(raw >> 8 & 0xFF) : .signalled(raw & 0x7F)
            state.status = status
            defer { state.waiting = [:] }
            return (status, state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }
}
