"""The program under test: a private installation with everything it talks to, what it acknowledged, and how it is."""
import base64
import json
import os
import secrets
import threading
import time

import fastcgi
from database import Database
from processes import Failed, Processes, resident_mebibytes, wait_for
from web import accepts, free_port

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SINKS = os.path.join(ROOT, "Tests", "TestServers", "Scripts")
SUPPRESSIONS = os.path.join(ROOT, "Fuzzing", "leaks.supp")

# What callers in the corpus say; a changed one is refused.
KEY = "corpus-key-of-nobody"
PATIENCE = 2
MOST_MEBIBYTES = 600

DATABASE = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=256M", "--innodb-log-file-size=128M",
            "--character-set-server=utf8mb4", "--skip-networking", "--skip-name-resolve"]


class Target:
    def __init__(self, place, recado):
        self.place = place
        self.recado = recado
        self.processes = Processes(place)
        self.database = Database(self.processes, place, settings=DATABASE)
        self.socket = os.path.join(place, "fcgi.sock")
        self.file = os.path.join(place, "recado.yaml")
        self.port = free_port()
        self.acknowledged = set()
        self.unanswered = 0
        self.lock = threading.Lock()
        self.checked_through = 0
        self.slowest = 0
        self.services = {}
        self.received_bytes = 0
        # A report of a sanitizer ends a program with a status of its own.
        self.environment = {**os.environ, "ASAN_OPTIONS": "exitcode=99:quarantine_size_mb=16:detect_stack_use_after_return=0",
                            "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:print_suppressions=1"}

    def start(self):
        self.database.start()
        self.database.create("recado")
        hook = self.sink("webhook_sink.py", "hook")
        mail = self.sink("smtp_sink.py", "mail")
        self.configure(f"http://127.0.0.1:{hook}/", mail)
        self.processes.run("migrate", [self.recado, "migrate", "--config", self.file], env=self.environment)
        self.services = {name: self.processes.start(name, [self.recado, name, "--config", self.file], env=self.environment)
                         for name in ("serve", "work")}
        wait_for("recado serve", lambda: os.path.exists(self.socket) and accepts(self.port))
        self.ask_politely()

    def sink(self, script, name):
        """One of the receivers that the tests use. Returns its port."""
        directory = os.path.join(self.place, name)
        os.mkdir(directory)
        self.processes.start(name, ["/usr/bin/python3", os.path.join(SINKS, script), directory])
        port = os.path.join(directory, "port")
        wait_for(name, lambda: os.path.exists(port) and os.path.getsize(port))
        with open(port) as file:
            return int(file.read())

    def configure(self, hook, mail):
        """Small limits, so that inputs reach them, and no patience, so that what fails is a dead letter at once."""
        webhook = {"type": "webhook", "allow_private_addresses": True}
        with open(self.file, "w") as file:
            json.dump({
                "database": {"socket": self.database.socket, "user": "root", "name": "recado"},
                "server": {
                    "fastcgi": f"unix:{self.socket}", "http": f"127.0.0.1:{self.port}", "max_body": "256KiB", "max_batch": 50,
                    "sync_timeout": "2s", "readers": 2, "keys": [{"name": "corpus", "key": KEY, "purposes": ["admin"]}]},
                "worker": {"runtime_directory": os.path.join(self.place, "run"), "retry_delays": ["0s"], "poll_interval": "100ms",
                           "default_max_attempts": 2},
                "templates": {"directory": os.path.join(ROOT, "config", "templates")},
                "event_listeners": {"*": ["hook", "envelope"], "fuzz.program": ["program"], "appointment.saved": ["mail"],
                                    "fuzz.refused": ["refusing"]},
                "listeners": {
                    "hook": {**webhook, "url": hook + "raw", "secret": ["whsec_" + "c2VjcmV0" * 4]},
                    "envelope": {**webhook, "url": hook + "envelope", "format": "evolution"},
                    "refusing": {**webhook, "url": hook + "refused?status=500"},
                    "program": {"type": "exec", "command": ["/bin/cat"]},
                    "mail": {"type": "email", "host": "127.0.0.1", "port": mail, "security": "none", "from": "shop@example.com"},
                },
            }, file)

    def ask_politely(self):
        """A good request, which must be answered at once and right, whatever else goes on."""
        began = time.monotonic()
        body = json.dumps({"event": "fuzz.good", "payload": secrets.token_hex(8)}).encode()
        answers = fastcgi.exchange(self.socket, fastcgi.request("POST", "/dispatch", body, headers=GOOD_HEADERS))
        seconds = time.monotonic() - began
        if len(answers) != 1 or answers[0].status != 202:
            raise Failed(f"a good request was answered {[(answer.status, answer.body) for answer in answers]}")
        if seconds > PATIENCE:
            raise Failed(f"a good request was answered after {seconds:.1f} s")
        self.slowest = max(self.slowest, seconds)
        self.judge(answers[0].status, answers[0].body)

    def judge(self, status, body, is_head=False):
        """Checks one answer and notes the events that it acknowledges."""
        try:
            said = None if is_head else json.loads(body)
        except ValueError:
            raise Failed(f"the answer {status} is not JSON: {body[:200]!r}") from None
        if status in (200, 202):
            items = said if isinstance(said, list) else [said]
            ids = {item["id"] for item in items if isinstance(item, dict) and "uuid" in item and not item.get("repeated")}
            with self.lock:
                self.acknowledged |= ids
        elif status not in DOCUMENTED:
            raise Failed(f"the status {status} is not documented: {body[:200]!r}")
        elif not is_head and not {"code", "message"} <= said["error"].keys():
            raise Failed(f"the answer {status} has no error's form: {body[:200]!r}")

    def no_answer_known(self, events):
        """Says that up to `events` may have been stored without our having been told: the connection was reset."""
        with self.lock:
            self.unanswered += events

    def received(self):
        """The bodies that the webhook has received since the last call, short ones only."""
        bodies = set()
        with open(os.path.join(self.place, "hook", "requests.jsonl")) as file:
            file.seek(self.received_bytes)
            for line in file:
                if len(line) < 2000:
                    bodies.add(base64.b64decode(json.loads(line)["body"]).decode(errors="replace"))
            self.received_bytes = file.tell()
        return bodies

    def check(self):
        """Everybody lives, within bounds, and there are exactly the rows that were acknowledged."""
        self.see_alive()
        self.compare_rows()

    def see_alive(self):
        for name, process in self.services.items():
            if process.poll() is not None:
                raise Failed(f"recado {name} ended with {process.returncode}: {self.end_of_log(name)}")
            if resident_mebibytes(process) > MOST_MEBIBYTES:
                raise Failed(f"recado {name} has grown to {resident_mebibytes(process):.0f} MiB")

    def compare_rows(self):
        rows = self.database.sql(f"SELECT id FROM recado.event_queue WHERE id > {self.checked_through} AND source IN ('http', 'sync')")
        stored = {int(row[0]) for row in rows}
        with self.lock:
            told, self.acknowledged = self.acknowledged, set()
            unanswered, self.unanswered = self.unanswered, 0
        if missing := {number for number in told if number > self.checked_through} - stored:
            raise Failed(f"acknowledged and not stored: {sorted(missing)[:10]}")
        untold = stored - told
        if len(untold) > unanswered:
            raise Failed(f"stored and not acknowledged: {sorted(untold)[:10]}")
        self.checked_through = max(stored, default=self.checked_through)

    def stop(self):
        """Ends both with SIGTERM. Raises where they do not end well: a sanitizer reports at the end, too."""
        for name, process in self.services.items():
            self.processes.stop(process, patience=40)
            if process.returncode != 0:
                raise Failed(f"recado {name} ended with {process.returncode}: {self.end_of_log(name)}")

    def end_of_log(self, name):
        with open(self.processes.log(name), errors="replace") as log:
            lines = log.readlines()
        report = next((number for number, line in enumerate(lines) if "Sanitizer" in line or "Fatal error" in line), -15)
        return "\n" + "".join(lines[report:][:40])


GOOD_HEADERS = {"HTTP_AUTHORIZATION": f"Bearer {KEY}", "CONTENT_TYPE": "application/json"}
# docs/http-api.md
DOCUMENTED = {400, 401, 403, 404, 405, 409, 413, 431, 503}


class Neighbour:
    """Somebody well-behaved, who asks again and again while the others do not behave."""

    def __init__(self, target):
        self.target = target
        self.is_over = threading.Event()
        self.problem = None
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
        if self.problem:
            raise self.problem

    def run(self):
        while not self.is_over.wait(0.05):
            try:
                self.target.ask_politely()
            except Exception as problem:
                self.problem = Failed(f"beside others: {problem!r}")
                return
