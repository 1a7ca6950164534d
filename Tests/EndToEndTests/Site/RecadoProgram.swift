import FoundationEssentials
import Glibc
import TestServers

/// Where the program under test is.
enum RecadoProgram {
    /// `$RECADO_BINARY`, else the program that was built with these tests.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["RECADO_BINARY"] { return path }
        guard let tests = realpath("/proc/self/exe", nil) else { return "recado" }
        defer { free(tests) }
        let folder = String(cString: tests).split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return folder.joined(separator: "/") + "/recado"
    }()
}
