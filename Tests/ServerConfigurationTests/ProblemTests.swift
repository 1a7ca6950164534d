import Testing

@testable import ServerConfiguration

@Suite("Problems")
struct ProblemTests {
    @Test("every mistake is named with its line, and what was meant")
    func all() {
        let text = """
            databse: {host: a}
            database:
              hsot: localhost
              port: lots
              tls: onn
              max_in_flight: 3
            server:
              max_body: 65MiB
              socket_mode: rw
              fastcgi: 9100
              keys:
                - name: app
                  key: short
                  purpose: [read]
            worker: [1, 2]
            listeners:
              mail:
                tpye: email
                host: localhost
            """
        #expect(
            problems(text, ["RECADO_WORKER_LAESE": "1s", "RECADO_WORKER_LEASE": "1s"]) == [
                #"recado.yaml:1:1: databse: unknown key; did you mean "database"?"#,
                #"recado.yaml:3:3: database.hsot: unknown key; did you mean "host"?"#,
                #"recado.yaml:4:9: database.port: must be a whole number, but is "lots""#,
                #"recado.yaml:5:8: database.tls: must be one of off, on, verify, but is "onn"; did you mean "on"?"#,
                #"recado.yaml:6:3: database.max_in_flight: unknown key; did you mean "worker.max_in_flight"?"#,
                #"recado.yaml:8:13: server.max_body: must be 1KiB to 64MiB, but is "65MiB""#,
                #"recado.yaml:9:16: server.socket_mode: must be a file mode in octal such as 0660, but is "rw""#,
                "recado.yaml:10:12: server.fastcgi: must be unix:/path, host:port, inherited or empty = off, but is \"9100\"",
                "recado.yaml:13:12: server.keys[0].key: must have at least 16 characters; make one with: openssl rand -hex 24",
                #"recado.yaml:14:7: server.keys[0].purpose: unknown key; did you mean "purposes"?"#,
                "recado.yaml:15:9: worker: must be a mapping of keys, but is a list",
                "recado.yaml:17:3: listeners.mail.type: is missing; it must be one of email, webhook, exec",
                #"environment variable RECADO_WORKER_LEASE: worker.lease: must be 2s to 10m, but is "1s""#,
                #"environment variable RECADO_WORKER_LAESE: stands for no key; did you mean "RECADO_WORKER_LEASE"?"#,
            ])
    }

    @Test("a listener's settings are checked against its transport")
    func listeners() {
        let text = """
            listeners:
              mail:
                type: emial
              a b:
                type: email
              smtp:
                type: email
                prot: 25
                port: 99999
                security: ssl
                timeout: soon
                from: a@example.com
              hook:
                type: webhook
                url: ftp://example.com
                headers: [a]
              gone: yes
            """
        #expect(
            problems(text) == [
                "recado.yaml:3:11: listeners.mail.type: there is no type \"emial\"; it must be one of email, webhook, exec;"
                    + " did you mean \"email\"?",
                #"recado.yaml:4:3: listeners.a b: a listener's name has 1 to 64 letters, digits, "_" and "-""#,
                "recado.yaml:6:3: listeners.smtp.host: is missing; a listener of type email needs it",
                #"recado.yaml:8:5: listeners.smtp.prot: unknown key; did you mean "port"?"#,
                #"recado.yaml:9:11: listeners.smtp.port: must be 1 to 65535, but is "99999""#,
                #"recado.yaml:10:15: listeners.smtp.security: must be one of none, starttls, tls, but is "ssl""#,
                "recado.yaml:11:14: listeners.smtp.timeout: must be a duration such as 100ms, 30s, 2m, 1h, 7d or 1w, but is \"soon\"",
                "recado.yaml:15:10: listeners.hook.url: must be an address that begins with http:// or https://,"
                    + " but is \"ftp://example.com\"",
                "recado.yaml:16:14: listeners.hook.headers: must be a mapping of names to texts, but is a list",
                #"recado.yaml:17:9: listeners.gone: must be a mapping of keys, but is "yes""#,
            ])
    }

    @Test("a misspelt listener name is named, and each event stands once")
    func eventListeners() {
        let text = """
            event_listeners:
              appointment.saved: [emial, email, email]
              APPOINTMENT_SAVED: email
              "*": {a: b}
            listeners:
              email: {type: email, host: localhost, from: a@example.com}
            """
        #expect(
            problems(text) == [
                "recado.yaml:2:23: event_listeners.appointment.saved: there is no listener \"emial\" under listeners;"
                    + " did you mean \"email\"?",
                #"recado.yaml:2:37: event_listeners.appointment.saved[2]: the listener "email" stands twice"#,
                "recado.yaml:3:3: event_listeners.APPOINTMENT_SAVED: is another spelling of \"appointment.saved\","
                    + " which stands above; keep one of them",
                "recado.yaml:4:8: event_listeners.*: must be a text, but is a mapping",
            ])
        let long = String(repeating: "a", count: 101)
        #expect(problems("event_listeners: {\(long): []}").count == 1)
    }

    @Test("what cannot be parsed is said with its place")
    func brokenYAML() {
        #expect(problems("") == ["recado.yaml:1:1: the file is empty"])
        #expect(problems("# only a comment\n") == ["recado.yaml:1:1: the file is empty"])
        #expect(
            problems("log:\n\tlevel: info\n") == ["recado.yaml:2:1: this is no YAML: a tab; YAML indents with spaces"])
        #expect(
            problems("log: {level: info}\ndatabase: {}\nlog: {}\n")
                == [#"recado.yaml:1:1: this is no YAML: the key "log" stands twice"#])
        #expect(problems("log: {level: info\n").first?.hasPrefix("recado.yaml:2:1: this is no YAML: ") == true)
        #expect(problems("- a\n") == ["recado.yaml:1:1: the file must be a mapping of keys, but is a list"])
        #expect(problems("a: 1\n---\nb: 2\n").first?.contains("another document") == true)
        #expect(problems("log: {level: \u{1}}\n").first?.contains("this is no YAML") == true)
        #expect(problems(String(repeating: "[", count: 100_000)).count == 1)
        #expect(problems("? [a]\n: b\n").isEmpty == false)
    }

    @Test("aliases of aliases do not make a short file endless")
    func aliases() {
        let lists = "bcdefghij".reduce((text: "- &a [x, x]\n", last: "a")) { list, name in
            let aliases = Array(repeating: "*\(list.last)", count: 9).joined(separator: ", ")
            return ("\(list.text)- &\(name) [\(aliases)]\n", String(name))
        }
        let found = problems("listeners:\n\(lists.text)")
        #expect(found.contains { $0.hasSuffix("there are more than 100000 values") })
        #expect(problems("log: {level: &a debug, format: *a}").count == 1)
    }

    @Test("values that do not go together are refused")
    func rules() {
        #expect(
            problems("server:\n  http: 0.0.0.0:80\n  fastcgi: 10.0.0.1:9000\n") == [
                "recado.yaml:2:9: server.http: other machines can reach 0.0.0.0:80, so server.keys must have at least one key",
                "recado.yaml:3:12: server.fastcgi: other machines can reach 10.0.0.1:9000,"
                    + " so server.keys must have at least one key",
            ])
        #expect(problems("server: {http: '0.0.0.0:80', keys: [{name: a, key: 0123456789abcdef}]}").isEmpty)
        #expect(problems("server: {http: '127.0.0.1:80'}").isEmpty)
        #expect(problems("worker: {poll_interval_min: 2s}").count == 1)
        #expect(
            problems("worker: {poll_interval: 20ms}") == [
                "recado.yaml:1:25: worker.poll_interval_min: must be at most worker.poll_interval, which is 20ms"
            ])
        #expect(problems("worker: {retry_delays: []}").count == 1)
    }

    @Test("mistakes in secrets do not show them")
    func secrets() {
        let found = problems(
            """
            database: {password: [hush]}
            server: {keys: [{name: a, key: hush}]}
            listeners: {hook: {type: webhook, url: "https://example.com", secret: {a: hush}}}
            """, ["RECADO_DATABASE_PASSWORD_FILE": "/nowhere/at-all"])
        #expect(found.count == 3)
        #expect(!found.joined().contains("hush"))
        for keys in ["hush-hush-hush-hush", "[hush-hush-hush-hush]"] {
            let found = problems("server: {keys: \(keys)}", [:]) + problems("", ["RECADO_SERVER_KEYS": keys])
            #expect(found.count == 2)
            #expect(!found.joined().contains("hush"), "\(found)")
        }
        #expect(problems("database: {password: a, password_file: b}").first?.contains("keep one of them") == true)
        #expect(
            problems("database: {host: '${HUSH}', port: '${HUSH}'}", ["HUSH": "hush"])
                == [#"recado.yaml:1:35: database.port: must be a whole number, but is "${HUSH}""#])
    }

    @Test("one key has one name")
    func equalKeys() {
        let keys = "[{name: a, key: hush-hush-hush-hush}, {name: b, key: hush-hush-hush-hush, purposes: [read]}]"
        #expect(
            problems("server: {keys: \(keys)}")
                == [#"recado.yaml:1:54: server.keys[1]: this key is the one of "a" too"#])
    }

    @Test("a key's tenant is one that a dispatch could name")
    func tenants() {
        for tenant in [#""a\tb""#, String(repeating: "x", count: 192), #""""#, "~"] {
            let found = problems("server: {keys: [{name: a, key: hush-hush-hush-hush, tenant: \(tenant)}]}")
            #expect(found.count == 1)
            #expect(found.first?.contains("server.keys[0].tenant: must be ") == true, "\(found)")
        }
    }

    @Test("a time limit is neither nothing nor for ever")
    func timeLimits() {
        for limit in ["0s", "30d"] {
            let found = problems("listeners: {mail: {type: email, host: localhost, from: a, timeout: \(limit)}}")
            #expect(found.count == 1)
            #expect(found.first?.contains("listeners.mail.timeout: must be 1ms to 1d") == true, "\(found)")
        }
    }

    @Test("a broken list in a variable is said once")
    func brokenVariable() {
        let found = problems("log: {level: info}", ["RECADO_SERVER_KEYS": "[{name: app"])
        #expect(found.count == 1)
        #expect(found.first?.contains("is not a list or mapping in YAML") == true)
    }

    @Test("a variable that is not set is named")
    func unsetVariable() {
        #expect(
            problems("listeners:\n  mail: {type: email, host: '${SMTP}', from: a}\n")
                == ["recado.yaml:2:29: listeners.mail.host: the environment variable SMTP is not set"])
    }

    @Test("two listeners cannot share a variable")
    func ambiguousVariable() {
        let text = """
            listeners:
              a-b: {type: email, host: h, from: f}
              a_b: {type: email, host: h, from: f}
            """
        #expect(problems(text).isEmpty)
        #expect(problems(text, ["RECADO_LISTENERS_A_B_HOST": "x"]).count == 1)
    }
}
