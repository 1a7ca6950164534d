import Glibc
import Testing

@testable import RecadoServer

@Suite struct ProcessEnvironmentTests {
    @Test func `variables are read whole, whatever stands behind the sign`() {
        let values = ["plain": "a=b=c", "empty": "", "combining": "\u{301}x"]
        for (name, value) in values { setenv("RECADO_TEST_\(name)", value, 1) }
        defer { for name in values.keys { unsetenv("RECADO_TEST_\(name)") } }
        let variables = ProcessEnvironment.variables()
        for (name, value) in values { #expect(variables["RECADO_TEST_\(name)"] == value) }
        #expect(variables["RECADO_TEST_missing"] == nil)
    }
}
