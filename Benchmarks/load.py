"""Load programs and bodies."""
import json
import os

from processes import Failed

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.join(HERE, ".build")

# 1 KB of JSON: an appointment with some text, as apps have it.
PAYLOAD = json.dumps({
    "appointment": {"id": 4711, "start": "2026-11-21 09:30:00", "end": "2026-11-21 10:15:00", "is_confirmed": True,
                    "service": {"id": 3, "name": "Consultation", "price": 79.5, "currency": "EUR"},
                    "customer": {"first_name": "Ana", "last_name": "Souza", "email": "ana.souza@example.com"},
                    "notes": "x" * 700}},
    separators=(",", ":"))
EVENT = f'{{"event":"bench.event","payload":{PAYLOAD}}}'


def program(name):
    return os.path.join(BUILT, name)


def write_bodies(place):
    """Writes the bodies into files and returns their paths by name."""
    bodies = {"payload": PAYLOAD, "event": EVENT, "batch": "[" + ",".join([EVENT] * 100) + "]"}
    for name, text in bodies.items():
        with open(os.path.join(place, name + ".json"), "w") as file:
            file.write(text)
    return {name: os.path.join(place, name + ".json") for name in bodies}


def patience(seconds):
    """How long an answer may take within a run of `seconds`: shorter than the run, so that who is never answered is counted; but
    not so short that a moment's disturbance is."""
    return seconds - 2 if seconds > 3 else 20


def wrk(bench, url, body, clients, seconds, stored=None, events=1):
    """Posts `body` over keep-alive connections. Returns requests per second, failures and latencies in milliseconds.

    A failure is no answer, a late one, or a status above 399. `stored` is a table that was empty before: every answer must have left a
    row in it for each of its `events`.
    """
    threads = min(2, os.cpu_count() or 1)
    output, _ = bench.processes.run("wrk", [
        "wrk", f"-t{threads}", f"-c{clients}", f"-d{seconds}s", "--timeout", f"{patience(seconds)}s",
        "-s", os.path.join(HERE, "load", "post.lua"), url],
        env={**os.environ, "BODY": bench.bodies[body]})
    line = next(line for line in output.splitlines() if line.startswith("JSON "))
    result = json.loads(line[5:])
    good = result["requests"] - result["failed"]
    if stored and (rows := bench.database.number(f"SELECT COUNT(*) FROM {stored}")) < good * events:
        raise Failed(f"{good * events} events were accepted, and {stored} has {rows} rows")
    return {"rate": good / result["seconds"], "failed": result["failed"],
            "p50": result["p50"], "p99": result["p99"]}
