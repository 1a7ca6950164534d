import Glibc

/// Why the address could not be served.
struct ServingError: Error, CustomStringConvertible {
    let address: String
    /// The `errno` of what failed.
    let errorNumber: Int32

    var description: String { "cannot serve HTTP on \(address): \(String(cString: strerror(errorNumber)))" }
}
