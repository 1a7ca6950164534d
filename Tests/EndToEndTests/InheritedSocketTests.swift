import FoundationEssentials
import Glibc
import PrivateDatabase
import TestServers
import Testing

extension EndToEnd {
    @Suite("serve with an inherited socket") struct InheritedSocketTests {
        @Test(arguments: [0, 3])
        func `answers nginx on descriptor 0 as spawn-fcgi hands it over and on 3 as systemd does`(descriptor: Int)
            async throws
        {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                let text = try String(contentsOfFile: site.configurationPath, encoding: .utf8)
                try text.replacing("fastcgi: unix:\(site.socketPath)", with: "fastcgi: inherited")
                    .replacing("http: 127.0.0.1:\(site.httpPort)", with: "http: \"\"")
                    .write(toFile: site.configurationPath, atomically: true, encoding: .utf8)
                // What they do: listen, put the socket in its place, and become the program.
                let spawner = """
                    import os, socket, sys
                    listener = socket.socket(socket.AF_UNIX)
                    listener.bind(sys.argv[1])
                    listener.listen(64)
                    descriptor = int(sys.argv[2])
                    if listener.fileno() != descriptor:
                        os.dup2(listener.fileno(), descriptor)
                    os.set_inheritable(descriptor, True)
                    if descriptor == 3:
                        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
                    os.execv(sys.argv[3], sys.argv[3:])
                    """
                let command = ChildProcess.Command(
                    "/usr/bin/python3",
                    [
                        "-c", spawner, site.socketPath, "\(descriptor)", RecadoProgram.path, "serve", "--config",
                        site.configurationPath,
                    ], outputPath: "\(site.directory)/inherited.log")
                try await RunningProgram.with(command, isReady: { access(site.socketPath, F_OK) == 0 }) { process in
                    try await WebServer.nginx.with(responder: .unixSocket(site.socketPath)) { running in
                        for number in 0..<5 {
                            let answer = try await Curl.post(
                                "\(running.url)/dispatch", #"{"event":"a.b","payload":\#(number)}"#)
                            #expect(answer.status == 202)
                        }
                        #expect(try await site.events("pending") == 5)
                        #expect(await process.stop(within: .seconds(20)) == .exited(0))
                    }
                }
            }
        }
    }
}
