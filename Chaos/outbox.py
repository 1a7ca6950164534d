"""Inserts events in the app's own transactions, beside a row of the app's, until SIGTERM: the transactional outbox.

Usage: outbox.py SOCKET DATABASE JOURNAL NAME --rate TRANSACTIONS_PER_SECOND --seed N [--linger SECONDS]

Speaks through the mariadb client, and knows that a COMMIT has happened when the client answers behind it. With --linger each
transaction stays open that long after its INSERT, so that others with higher ids are committed before it.
"""
import argparse
import random
import signal
import subprocess
import time

import shop
from journal import Journal
from settings import MAX_ATTEMPTS

options = argparse.ArgumentParser()
options.add_argument("socket")
options.add_argument("database")
options.add_argument("journal")
options.add_argument("name")
options.add_argument("--rate", type=float, required=True)
options.add_argument("--seed", type=int, required=True)
options.add_argument("--linger", type=float, default=0)

ROLLED_BACK = 0.05


class Outbox:
    def __init__(self, options):
        self.options = options
        self.journal = Journal(options.journal)
        self.random = random.Random(options.seed)
        self.is_stopping = False
        self.client = None

    def connected(self):
        if self.client is None or self.client.poll() is not None:
            self.client = subprocess.Popen(
                ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-S", self.options.socket, "-u", "root",
                 "--batch", "--skip-column-names", "--unbuffered", self.options.database],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
        return self.client

    def run(self):
        number = 0
        while not self.is_stopping:
            number += 1
            # One transaction after another, so that the order within a key is that of the ids. What lingers has no key.
            event = shop.event(self.random, f"{self.options.name}-{number}", prefix=self.options.name, later=0, big=0)
            if self.options.linger:
                event = shop.Event(event.token, "order.paid", None, event.payload)
            end = "ROLLBACK" if self.random.random() < ROLLED_BACK else "COMMIT"
            self.journal.write("sent", request=number, events=[event.described()], path="sql", insists=False)
            if self.transact(event, end, f"done-{number}"):
                self.journal.write("answered", request=number, status=202 if end == "COMMIT" else 409, answer=None)
            else:
                self.journal.write("unanswered", request=number, problem="connection lost")
                time.sleep(0.1)
            time.sleep(1 / self.options.rate)
        if self.client:
            self.client.stdin.close()
            self.client.wait()

    def transact(self, event, end, mark):
        key = f"'{event.key}'" if event.key else "NULL"
        linger = f"DO SLEEP({self.options.linger});\n" if self.options.linger else ""
        client = self.connected()
        try:
            client.stdin.write(
                "START TRANSACTION;\n"
                f"INSERT INTO shop_order (token) VALUES ('{event.token}');\n"
                "INSERT INTO event_queue (event_name, payload, ordering_key, max_attempts)"
                f" VALUES ('{event.name}', '{event.payload}', {key}, {MAX_ATTEMPTS});\n"
                f"{linger}{end};\nSELECT '{mark}';\n")
            client.stdin.flush()
        except OSError:
            return False
        return client.stdout.readline().rstrip("\n") == mark

    def stop(self, *_):
        self.is_stopping = True


outbox = Outbox(options.parse_args())
signal.signal(signal.SIGTERM, outbox.stop)
outbox.run()
