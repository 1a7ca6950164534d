import EventModel
import Glibc
import ListenerKit
import Subprocess
import SystemPackage

/// Runs one program for each delivery.
struct ExecListener: Listener {
    /// How a program says "never": EX_DATAERR of sysexits.h. Whatever else it ends with may pass, as an exception that nobody has
    /// caught (PHP ends with 255).
    static let dataError: Int32 = 65

    let program: String
    let arguments: [String]
    let directory: String?
    let environment: [String: String]

    /// What ended first.
    private enum Ending: Sendable {
        case program(Result<ProgramEnd, any Error>)
        case timeLimit
    }

    func deliver(_ delivery: Delivery) async -> Outcome {
        let variables = variables(of: delivery)
        // Only a row that an app has written itself can hold one, and it will the next time as well.
        guard !variables.values.contains(where: { $0.utf8.contains(0) }) else {
            return .permanent(
                Failure(.rejected, "the event's name or another column holds a NUL: no program can be told"))
        }
        return await withTaskGroup(of: Ending.self) { group in
            group.addTask {
                do {
                    return .program(.success(try await run(delivery, variables)))
                } catch {
                    return .program(.failure(error))
                }
            }
            group.addTask {
                try? await Task.sleep(for: delivery.timeout)
                return .timeLimit
            }
            var isLate = false
            while let ending = await group.next() {
                // Cancelling the other one is what kills the program.
                group.cancelAll()
                switch ending {
                case .timeLimit: isLate = !Task.isCancelled
                case .program(let result): return outcome(result, isLate: isLate)
                }
            }
            return .putBack
        }
    }

    /// Where it was stopped, the program's own end counts only if it came first.
    private func outcome(_ result: Result<ProgramEnd, any Error>, isLate: Bool) -> Outcome {
        if case .success(let end) = result, case .exited(let status) = end.status {
            return outcome(status, end.complaint)
        }
        if isLate { return .retryable(Failure(.timeout, "killed: it did not end in time")) }
        if Task.isCancelled { return .putBack }
        return switch result {
        case .success(let end): .retryable(Failure(.failed, message("ended by \(end.status)", end.complaint)))
        case .failure(let error as SubprocessError) where error.code == .executableNotFound:
            .permanent(Failure(.misconfigured, "the program is not there or cannot be run"))
        case .failure(let error as SubprocessError) where error.code == .failedToChangeWorkingDirectory:
            .permanent(Failure(.misconfigured, "the directory is not there"))
        case .failure: .retryable(Failure(.failed, "the program could not be started"))
        }
    }

    private func outcome(_ status: Int32, _ complaint: String) -> Outcome {
        switch status {
        case 0: .delivered(detail: "exit 0")
        case Self.dataError: .permanent(Failure(.rejected, message("exit \(status)", complaint)))
        default: .retryable(Failure(.receiverError, message("exit \(status)", complaint)))
        }
    }

    private func message(_ end: String, _ complaint: String) -> String {
        complaint.isEmpty ? end : "\(end): \(complaint)"
    }

    /// The program leads a session of its own, so that killing its process group takes its children along.
    private func run(_ delivery: Delivery, _ variables: [Environment.Key: String]) async throws -> ProgramEnd {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let result = try await Subprocess.run(
            Configuration(
                executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
                arguments: Arguments(arguments),
                environment: .custom(variables),
                workingDirectory: directory.map { FilePath($0) },
                platformOptions: options),
            input: .inputWriter, output: .discarded, error: .sequence
        ) { execution in
            async let written: Void = write(delivery.event.payload, to: execution.standardInputWriter)
            let complaint = await readComplaint(execution.standardError)
            await written
            return complaint
        }
        return ProgramEnd(status: result.terminationStatus, complaint: result.closureResult)
    }

    /// A program need not read its input: what is left over when it closes it or ends is its own business.
    private func write(_ payload: [UInt8], to writer: StandardInputWriter) async {
        _ = try? await writer.write(payload)
        try? await writer.finish()
    }

    /// Reads to the end so that the program never waits, and keeps the last of it.
    private func readComplaint(_ output: SubprocessOutputSequence) async -> String {
        var complaint = Complaint()
        do {
            for try await chunk in output {
                chunk.withUnsafeBytes { complaint.append($0) }
            }
        } catch {
            // The program was killed, or a child that outlives it holds the descriptor: what there is will do.
        }
        return complaint.text
    }

    /// The worker's own environment may hold credentials, so little of it is passed on.
    private func variables(of delivery: Delivery) -> [Environment.Key: String] {
        let event = delivery.event
        var variables: [String: String] = [:]
        for name in ["PATH", "HOME"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        variables.merge(environment) { $1 }
        variables["RECADO_EVENT"] = event.name
        variables["RECADO_EVENT_ID"] = event.uuid
        variables["RECADO_DELIVERY_ID"] = delivery.id
        variables["RECADO_INSTANCE"] = event.instance ?? ""
        variables["RECADO_TENANT"] = event.tenant ?? ""
        variables["RECADO_REQUEST_ID"] = event.requestID ?? ""
        variables["RECADO_SEQUENCE"] = String(event.sequenceNumber)
        variables["RECADO_ATTEMPT"] = String(delivery.attempt)
        variables["RECADO_MAX_ATTEMPTS"] = String(delivery.maxAttempts)
        return Dictionary(
            uniqueKeysWithValues: variables.compactMap { name, value in
                Environment.Key(rawValue: name).map { ($0, value) }
            })
    }
}
