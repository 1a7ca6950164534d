/// A certificate that we sign ourselves, good for `localhost` and 127.0.0.1.
public struct Certificate: Sendable {
    /// The PEM file; who trusts it as an authority trusts the server.
    public let path: String
    public let keyPath: String

    /// Makes one in `directory`.
    public static func make(in directory: String) async throws -> Certificate {
        let certificate = Certificate(path: "\(directory)/certificate.pem", keyPath: "\(directory)/key.pem")
        let program = try await FinishedProgram.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", certificate.keyPath, "-out", certificate.path,
            ])
        guard program.status == 0 else { throw ServerError("openssl made no certificate: \(program.output)") }
        return certificate
    }
}
