"""Rows that an app inserts by SQL. A bad one never stands in the way of a good one, and comes to a defined end itself."""
import json
import os
import subprocess

import corpus
from mutation import TROUBLE, mutated
from processes import Failed, wait_for

# How long a batch may take from its insertion to its end: no retry waits, and receivers answer at once.
PATIENCE = 60
TEXTS = ["event_name", "instance", "tenant_id", "ordering_key", "request_id", "uuid", "source", "error_message"]
NUMBERS = ["max_attempts", "attempts", "sequence_number", "open_deliveries", "dead_deliveries"]
DATES = ["scheduled_at", "create_datetime", "update_datetime"]

ODD_NUMBERS = [0, -1, 1, 2, 32767, -32768, 2147483647, -2147483648]
ODD_DATES = ["0000-00-00", "0001-01-01", "1000-01-01", "1969-12-31 23:59:59.999", "2000-02-29 00:00:00.001", "2038-01-19 03:14:08",
             "9999-12-31 23:59:59.999"]


class Rows:
    name = "rows"
    inputs_per_batch = 60

    def __init__(self):
        self.seeds = list(corpus.seeds(self.name).values())
        # What is scheduled and long due is only found by a look at everything, every 30 s: once a run is enough.
        self.changed = [seed for seed in self.seeds if "scheduled" not in json.loads(seed).values()]

    def batch(self, random):
        return [json.dumps(change(random, json.loads(random.choice(self.changed)), self.changed)).encode()
                for _ in range(self.inputs_per_batch)]

    def run(self, target, inputs):
        """Inserts a batch, a good row after each of its rows, and waits for the end of all."""
        number = target.database.number
        target.check()
        first = number("SELECT COALESCE(MAX(id), 0) + 1 FROM recado.event_queue")
        good = [f'"good {first} {index}"' for index in range(len(inputs))]
        statements = ["SET SESSION sql_mode = ''", "USE recado"]
        for data, payload in zip(inputs, good):
            statements += [insert(json.loads(data)), f"INSERT INTO event_queue (event_name, payload) VALUES ('fuzz.good', '{payload}')"]
        self.execute(target, statements)
        # From where these rows come is theirs to say: they are not among those that were acknowledged.
        target.checked_through = number("SELECT MAX(id) FROM recado.event_queue")
        # What is for later is not ours to end, nor is what asked for thousands of attempts and is at them. And one exception: a row
        # that is scheduled without a date is never routed, and NULL is never due.
        moving = (f"SELECT COUNT(*) FROM recado.event_queue WHERE id >= {first} AND (status IN ('pending', 'processing')"
                  " OR (status = 'scheduled' AND scheduled_at <= UTC_TIMESTAMP(3))"
                  " OR (status = 'failed' AND scheduled_at IS NOT NULL AND open_deliveries > 0 AND max_attempts <= 100))")
        try:
            wait_for("the end of every row", lambda: number(moving) == 0, seconds=PATIENCE, pause=0.05)
        except Failed as problem:
            stuck = target.database.sql(moving.replace("COUNT(*)", "id, status, scheduled_at, event_name") + " LIMIT 5")
            raise Failed(f"{problem}: {stuck}") from problem
        undelivered = number(f"SELECT COUNT(*) FROM recado.event_queue WHERE id >= {first} AND event_name = 'fuzz.good'"
                             " AND source = 'sql' AND status <> 'processed'")
        if undelivered:
            raise Failed(f"{undelivered} good rows were not delivered")
        self.see_reasons(target, first)
        missing = set(good) - target.received()
        if missing:
            raise Failed(f"the receiver misses {len(missing)} good rows: {sorted(missing)[:3]}")
        target.ask_politely()
        target.check()

    def execute(self, target, statements):
        """As an app would, without strict mode. What the server refuses has not become a row, which is an end as well."""
        script = os.path.join(target.place, "rows.sql")
        with open(script, "w") as file:
            file.write(";\n".join(statements) + ";\n")
        with open(script) as file, open(target.processes.log("rows"), "ab") as log:
            subprocess.run(["mariadb", "--no-defaults", "--force", "-S", target.database.socket, "-u", "root",
                            "--default-character-set=utf8mb4"], stdin=file, stdout=log, stderr=log)

    def see_reasons(self, target, first):
        """What was given up says why."""
        silent = target.database.sql(
            f"SELECT e.id FROM recado.event_queue e WHERE e.id >= {first} AND e.status = 'failed'"
            " AND e.scheduled_at IS NULL AND COALESCE(e.error_message, '') = ''"
            " AND e.open_deliveries = 0 AND e.dead_deliveries = 0")
        if silent:
            raise Failed(f"failed without a reason: {silent[:5]}")


def change(random, row, seeds):
    """One to three columns become odd."""
    for _ in range(random.choice((1, 1, 2, 3))):
        kind = random.random()
        if kind < 0.35:
            row["payload"] = odd_payload(random, row.get("payload", ""), seeds)
        elif kind < 0.65:
            row[random.choice(TEXTS)] = odd_text(random)
        elif kind < 0.8:
            row[random.choice(NUMBERS)] = random.choice(ODD_NUMBERS)
        elif kind < 0.95:
            row[random.choice(DATES)] = random.choice(ODD_DATES)
        else:
            row["status"] = "processed"
    return row


def odd_payload(random, payload, seeds):
    kind = random.random()
    if kind < 0.5:
        return in_hexadecimal(mutated(random, as_bytes(payload), seeds))
    if kind < 0.6:
        return {"repeat": random.choice(('"', "[", "1", '{"a":', " ", "é")), "times": random.choice((70, 16_384, 1_000_000))}
    if kind < 0.7:
        return {"repeat": "[0]" if random.random() < 0.5 else '"' + "x" * random.choice((16_380, 16_383, 2_000_000)) + '"', "times": 1}
    return random.choice(["", "null", "{}", "0", '"\\u0000"', '{"appointment":null}', '{"data":[],"instance":{}}', '{"instance":"a\\nb"}'])


def odd_text(random):
    """Whatever a column of text may be told to hold."""
    if random.random() < 0.2:
        return {"repeat": random.choice("aé😀"), "times": random.choice((64, 100, 101, 191, 200, 70_000))}
    return in_hexadecimal(b"".join(random.choice([*TROUBLE, b"fuzz.program", b"appointment.saved", b"k"])
                                   for _ in range(random.choice((0, 1, 1, 3)))))


def in_hexadecimal(data):
    return {"hex": data.hex()}


def as_bytes(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if "hex" in value else (value["repeat"] * value["times"]).encode()
    return str(value).encode()


def insert(row):
    return f"INSERT INTO event_queue ({', '.join(row)}) VALUES ({', '.join(literal(value) for value in row.values())})"


def literal(value):
    """A column's value in SQL. Bytes that are no text of the table's are the server's to judge."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    data = as_bytes(value)
    return f"X'{data.hex()}'" if data else "''"
