"""The consumers of Symfony Messenger and of Laravel's queue, each with a table that holds what is to be consumed."""
import time

import web
from processes import Failed

SYMFONY = "Symfony consumer"
LARAVEL = "Laravel worker"
SEVERAL = 8
LARAVELS = f"{SEVERAL} Laravel workers"
MESSAGE_COLUMNS = "body, headers, queue_name, created_at, available_at, delivered_at"
JOB_COLUMNS = "queue, payload, attempts, reserved_at, available_at, created_at"


class Frameworks:
    def __init__(self, bench):
        self.bench = bench
        for name in ("symfony", "laravel"):
            bench.database.sql(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")

    def symfony(self, url=""):
        return self.consume("symfony", "messenger_messages", MESSAGE_COLUMNS, url)

    def laravel(self, url=""):
        return self.consume("laravel", "jobs", JOB_COLUMNS, url)

    def laravels(self):
        """Several at once, which SKIP LOCKED keeps apart."""
        count = self.fill("laravel", "jobs", JOB_COLUMNS)
        start = time.monotonic()
        with self.bench.processes.scope():
            workers = [self.bench.processes.start(
                f"laravel-{number}", self.command("laravel_consume.php", self.bench.database.socket, "laravel", str(count)))
                for number in range(SEVERAL)]
            if any([worker.wait() for worker in workers]):
                raise Failed("a Laravel worker failed")
        seconds = time.monotonic() - start
        if self.bench.database.number("SELECT COUNT(*) FROM laravel.jobs"):
            raise Failed("the Laravel workers left messages")
        return {"rate": count / seconds}

    def fill(self, name, table, columns):
        """Makes the table anew, with messages. Returns how many."""
        database, count = self.bench.database, self.bench.sizes.framework_events
        database.sql(f"DROP TABLE IF EXISTS {name}.{table}")
        self.php(f"{name}_setup.php", database.socket, name, self.bench.bodies["event"])
        database.multiply(f"{name}.{table}", columns, count)
        return count

    def consume(self, name, table, columns, url):
        """Consumes afresh; returns messages per second, the start of PHP included."""
        database, count = self.bench.database, self.fill(name, table, columns)
        seconds = self.php(f"{name}_consume.php", database.socket, name, str(count), url)
        left = database.number(f"SELECT COUNT(*) FROM {name}.{table}")
        # Messenger marks the last message for deletion and deletes it when it asks for the next.
        if left > 1:
            raise Failed(f"{name} left {left} of {count} messages")
        return {"rate": count / seconds}

    def php(self, script, *arguments):
        return self.bench.processes.run(script, self.command(script, *arguments))[1]

    def command(self, script, *arguments):
        return [*web.php_cli(), f"{self.bench.web.php_folder()}/{script}", *arguments]
