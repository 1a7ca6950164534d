"""A private MariaDB, the same for all, and the rows that scenarios start from."""
import os
import subprocess

from processes import Failed, wait_for

SETTINGS = [
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=1G",
    "--innodb-log-file-size=1G",
    "--max-connections=600",
    "--character-set-server=utf8mb4",
    "--skip-networking",
    "--skip-name-resolve",
]

# Started by root, the server runs as the user that Debian has for it.
USER = ["--user=mysql"] if os.getuid() == 0 else []

TABLES = ["event_queue", "event_lane", "event_delivery", "delivery_attempt", "event_dlq", "event_worker", "event_dedup",
          "instance_event_sequence"]

# Rows of one INSERT when tables are filled.
CHUNK = 100_000


class Database:
    def __init__(self, processes, place, settings=SETTINGS):
        self.processes = processes
        self.settings = settings
        self.directory = os.path.join(place, "mariadb")
        # Not in the data directory, which only the server's own user may enter.
        self.socket = os.path.join(place, "database", "db.sock")
        self.client = None
        self.queries = 0

    def start(self):
        self.install()
        self.launch()
        ping = ["mariadb", "--no-defaults", "-S", self.socket, "-u", "root", "-e", "SELECT 1"]
        wait_for("MariaDB", lambda: subprocess.run(ping, capture_output=True).returncode == 0, pause=0.1)
        self.client = self.connect("sql")

    def install(self):
        self.processes.run("mariadb-install-db", [
            "mariadb-install-db", "--no-defaults", f"--datadir={self.directory}",
            "--auth-root-authentication-method=normal", "--skip-test-db", *USER])
        os.mkdir(os.path.dirname(self.socket))
        os.chmod(os.path.dirname(self.socket), 0o777)

    def launch(self, **options):
        """Starts the server on what is there, and does not wait for it."""
        return self.processes.start("mariadbd", [
            "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.directory}", f"--socket={self.socket}",
            f"--pid-file={self.directory}/pid", *self.settings, *USER], **options)

    def connect(self, name):
        """A client that stays, to be asked over and over."""
        return self.processes.start(
            name, ["mariadb", "--no-defaults", "-S", self.socket, "-u", "root", "--batch", "--skip-column-names",
                   "--unbuffered"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def sql(self, *statements, client=None):
        """Runs statements and returns the rows of the last one, as lists of texts."""
        if self.client.poll() is not None:
            # An error ended it, and was told.
            self.client = self.connect("sql")
        client = client or self.client
        self.queries += 1
        mark = f"end-of-query-{self.queries}"
        rows = []
        client.stdin.write(";\n".join(statements) + f";\nSELECT '{mark}';\n")
        client.stdin.flush()
        while (line := client.stdout.readline().rstrip("\n")) != mark:
            if not line and client.poll() is not None:
                raise Failed(f"{statements[-1][:200]}: {self.processes.tail('sql')}")
            rows.append(line.split("\t"))
        return rows

    def number(self, statement):
        return int(self.sql(statement)[0][0])

    def version(self):
        return self.sql("SELECT VERSION()")[0][0]

    def create(self, name):
        self.sql(f"CREATE DATABASE {name}")

    def empty(self, name):
        """Takes all rows away at once, so that nothing is left for purge to do."""
        self.sql(*(f"TRUNCATE {name}.{table}" for table in TABLES))

    def fill(self, name, count, payload, keys=0, endpoints=1):
        """Puts pending events into an empty queue, as if they had been dispatched over HTTP. Their ids are 1 to `count`."""
        self.empty(name)
        event = "'bench.event'" if endpoints == 1 else f"CONCAT('bench.e', seq % {endpoints})"
        key = f"CONCAT('k', seq % {keys})" if keys else "NULL"
        for start in range(1, count + 1, CHUNK):
            end = min(start + CHUNK - 1, count)
            self.sql(f"INSERT INTO {name}.event_queue (id, event_name, payload, ordering_key, source)"
                     f" SELECT seq, {event}, '{payload}', {key}, 'http' FROM {name}.seq_{start}_to_{end}")
        self.sql(f"ANALYZE TABLE {name}.event_queue")
        self.come_to_rest()

    def come_to_rest(self):
        """Waits until what was changed is in the tables' files, and what was deleted is purged: the next measurement must not pay
        for the one before."""
        capacity, most = self.sql("SELECT @@GLOBAL.innodb_io_capacity, @@GLOBAL.innodb_io_capacity_max")[0]
        self.sql("SET GLOBAL innodb_io_capacity_max = 20000, GLOBAL innodb_io_capacity = 20000",
                 "SET GLOBAL innodb_max_dirty_pages_pct = 0")
        try:
            wait_for("purge", lambda: self.status("INNODB_HISTORY_LIST_LENGTH") < 1000, seconds=300, pause=0.05)
            wait_for("writing back", lambda: self.status("INNODB_BUFFER_POOL_PAGES_DIRTY") < 100, seconds=300, pause=0.05)
        finally:
            # Not DEFAULT, which is no limit at all where the server has computed one at its start.
            self.sql("SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT",
                     f"SET GLOBAL innodb_io_capacity = {capacity}, GLOBAL innodb_io_capacity_max = {most}")

    def status(self, name):
        return self.number(f"SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '{name}'")

    def multiply(self, table, columns, count):
        """Makes `count` rows of the one row that a framework has written."""
        have = self.number(f"SELECT COUNT(*) FROM {table}")
        if have > 1:
            raise Failed(f"{table} has {have} rows instead of one")
        database = table.split(".")[0]
        self.sql(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}, {database}.seq_2_to_{count}",
                 f"ANALYZE TABLE {table}")
        self.come_to_rest()

    def settled(self, name, first, last):
        """How many of the events from id `first` to `last` are processed."""
        return self.number(
            f"SELECT COUNT(*) FROM {name}.event_queue WHERE id BETWEEN {first} AND {last} AND status = 'processed'")

    def latest_open(self, name, but=""):
        """The id of the latest event that is in its lanes, those of names LIKE `but` aside, or 0."""
        return self.number(
            f"SELECT COALESCE((SELECT id FROM {name}.event_queue FORCE INDEX (event_queue_status)"
            f" WHERE status = 'processing' AND event_name NOT LIKE '{but}' ORDER BY id DESC LIMIT 1), 0)")
