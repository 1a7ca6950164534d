"""One installation under fire: MariaDB behind the proxy, nginx in front, all of Recado's processes, the sink and dispatchers."""
import json
import os
import subprocess

import shop
from processes import Failed, Processes, wait_for
from server import Server
from settings import DATABASE, FAR, LEASE_SECONDS, MAX_ATTEMPTS, RECADO
from supervisor import Role, Supervisor
from web import IS_ROOT, WEB_USER, Web

APPS = ["plain", "insisting", "outbox", "lingering"]
HERE = os.path.dirname(os.path.abspath(__file__))
# How long it takes until a program is there again. A host that dies is away for longer than the lease.
PAUSES = {"cron": 0.1, FAR: LEASE_SECONDS + 2}
# Events for bad receivers while there is no other harm, beside what is usual.
TROUBLE_PER_SECOND = 6


class Installation:
    def __init__(self, place, recado, seed, is_deceived=False, is_cramped=False):
        self.place = place
        self.recado = recado
        self.seed = seed
        self.history = os.path.join(place, "history")
        os.makedirs(self.history)
        os.chmod(place, 0o755)
        self.processes = Processes(place)
        self.server = Server(self.processes, place, is_deceived, is_cramped)
        self.web = Web(self.processes, place)
        self.file = os.path.join(place, "recado.yaml")
        self.fastcgi = os.path.join(place, "fcgi.sock")
        self.witnesses = {}
        self.supervisor = Supervisor(self.journal("lives"))

    def journal(self, name):
        return os.path.join(self.history, name + ".jsonl")

    def path(self, *parts):
        return os.path.join(self.place, *parts)

    # Starting, from the inside out.

    def start(self, rate):
        self.server.install()
        self.supervisor.add(Role("database", lambda life: self.server.launch()))
        self.server.wait_until_it_answers()
        self.server.ask(f"CREATE DATABASE {DATABASE}")
        self.server.ask("CREATE TABLE shop_order (token VARCHAR(64) PRIMARY KEY)", DATABASE)
        self.program("proxy", self.path(), self.journal("wire"), self.server.socket)
        self.program("sink", self.path(), self.journal("sink"), str(self.seed))
        wait_for("the sink", lambda: os.path.exists(self.path("port")))
        wait_for("the proxy", lambda: os.path.exists(self.path("db.sock")))
        with open(self.path("port")) as file:
            self.configure(f"http://127.0.0.1:{file.read()}")
        self.processes.run("migrate", [self.recado, "migrate", "--config", self.file], env=self.environment("migrate"))
        for name in RECADO:
            self.supervisor.add(self.role(name))
        wait_for("the responder", lambda: os.path.exists(self.fastcgi))
        self.url = self.web.front({"recado": (self.fastcgi, {})})["recado"]
        self.dispatch(rate)

    def configure(self, sink):
        server = {"fastcgi": f"unix:{self.fastcgi}", "max_body": "2MiB"}
        if IS_ROOT:
            server["socket_group"] = WEB_USER
        with open(self.file, "w") as file:
            json.dump({
                "database": {"socket": self.path("db.sock"), "user": "root", "name": DATABASE},
                "server": server,
                # Short: a lane of a receiver that refuses everything twice has to keep up with what comes in.
                "worker": {"retry_delays": ["0s", "50ms", "150ms", "1s"],
                           "default_max_attempts": MAX_ATTEMPTS},
                "log": {"format": "json"},
                **shop.configuration(sink),
            }, file, indent=1)

    def environment(self, life):
        folder = "run-far" if life.startswith(FAR) else "run"
        return {**os.environ, "CHAOS_WORKER": life, "RECADO_WORKER_RUNTIME_DIRECTORY": self.path(folder)}

    def role(self, name):
        command = {"serve": ["serve"], "cron": ["process_events", "200", "--quiet"]}.get(name, ["work"])

        def start(life):
            return self.processes.start(
                name, [self.recado, *command, "--config", self.file], env=self.environment(life))
        return Role(name, start, PAUSES.get(name, 0))

    def program(self, name, *arguments, script=None):
        witness = self.processes.start(
            name, ["/usr/bin/python3", "-B", os.path.join(HERE, (script or name) + ".py"), *arguments])
        self.witnesses[name] = witness
        return witness

    def require_witnesses(self):
        """Without them nothing that is seen means anything."""
        for name, witness in self.witnesses.items():
            if witness.poll() is not None:
                raise Failed(f"{name} ended by itself with {witness.returncode}: {self.processes.tail(name)}")

    def dismiss(self, name):
        """Lets an app end in order."""
        app = self.witnesses.pop(name)
        self.processes.stop(app, patience=60)
        if app.returncode:
            raise Failed(f"{name} ended with {app.returncode} when it was asked to: {self.processes.tail(name)}")

    def http(self, name, rate, *more):
        """An app that dispatches over HTTP."""
        return self.program(name, self.url, self.journal("dispatch-" + name), name, "--rate", str(rate),
                            "--seed", f"{self.seed}", *more, script="dispatcher")

    def dispatch(self, rate):
        """Three kinds of apps, each with journals of their own."""
        def outbox(name, per_second, *more):
            return self.program(name, self.server.socket, DATABASE, self.journal("dispatch-" + name), name, "--rate",
                                str(per_second), "--seed", f"{self.seed}", *more, script="outbox")
        self.http("plain", rate * 0.75)
        self.http("insisting", rate * 0.2, "--insist")
        outbox("outbox", max(rate * 0.05, 1))
        outbox("lingering", 2, "--linger", "3")

    def dispatch_trouble(self):
        self.http("troubled", TROUBLE_PER_SECOND, "--trouble")

    def stop_trouble(self):
        self.dismiss("troubled")

    def wait_for_database(self):
        """Until it answers again; when it did is written down."""
        self.server.wait_until_it_answers()
        self.supervisor.journal.write("up")

    # Ending.

    def stop_dispatching(self):
        for app in APPS:
            self.dismiss(app)

    def open_work(self):
        """How many events and deliveries are not done with; None while the database does not answer."""
        rows = self.server.ask(
            "SELECT (SELECT COUNT(*) FROM event_queue WHERE status IN ('pending', 'scheduled', 'processing')"
            " OR scheduled_at IS NOT NULL AND status = 'failed'), (SELECT COUNT(*) FROM event_delivery)",
            DATABASE, check=False)
        return sum(map(int, rows[0])) if rows else None

    def drain(self, seconds):
        """Waits until everything is done. Returns what is left."""
        try:
            wait_for("the last delivery", lambda: self.open_work() == 0, seconds=seconds, pause=0.3)
        except Failed:
            return self.open_work()
        return 0

    def stop_recado(self):
        self.supervisor.end(*(name for name in RECADO if name in self.supervisor.roles))

    def stop(self):
        self.supervisor.stop()
        for _, process in reversed(self.processes.running[:]):
            self.processes.stop(process)
        self.server.release()

    def dump(self):
        """Writes the tables down, for the checker, as one JSON object a row."""
        for name, columns in TABLES.items():
            members = ", ".join(f"'{column.split()[-1]}', {column.split(' AS ')[0]}" for column in columns)
            with open(self.path("history", name + ".rows"), "w") as file:
                subprocess.run(
                    ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-S", self.server.socket, "-u", "root",
                     "--batch", "--raw", "--skip-column-names", "--quick", DATABASE, "-e", f"SELECT JSON_OBJECT({members}) FROM {name}"],
                    stdout=file, check=True)


# What the checker wants to know of each table. The app's own name for an event stands in its payload.
TABLES = {
    "event_queue": ["id", "uuid", "event_name", "status", "ordering_key", "sequence_number", "open_deliveries",
                    "dead_deliveries", "scheduled_at IS NOT NULL AS is_scheduled",
                    "JSON_VALUE(payload, '$.token') AS token"],
    "event_delivery": ["lane_id", "event_id"],
    "event_lane": ["id", "listener", "lane_key", "owner", "visible_at = '9999-12-31' AS is_parked"],
    "event_dlq": ["event_id", "listener", "reason", "status"],
    "delivery_attempt": ["event_id", "listener", "attempt", "outcome", "reason"],
    "shop_order": ["token"],
}
