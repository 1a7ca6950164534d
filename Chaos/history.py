"""What happened in a round, put together from the journals of all programs and from the tables as they were left."""
import dataclasses
import glob
import json
import math
import os

from journal import read

# An answer of these codes says that nothing was stored.
REFUSALS = {"unavailable", "not_migrated"}


@dataclasses.dataclass
class Dispatch:
    """An event as the app knows it, and what it was promised: accepted, refused (nothing was stored), or nothing at all."""
    token: str
    name: str
    key: str | None
    delay: float
    crc: int
    sent: float
    path: str
    promise: str = "unknown"
    answered: float = math.inf
    id: int | None = None
    uuid: str | None = None


@dataclasses.dataclass
class Receipt:
    """A delivery as the receiver saw it. `end` is when it was answered, or the connection ended without."""
    at: float
    listener: str
    token: str
    worker: str
    attempt: int
    crc: int
    delivery: str
    end: float = math.inf
    is_taken: bool = False


@dataclasses.dataclass
class Settlement:
    """A result that the database had committed, seen on the wire."""
    at: float
    worker: str
    event: int
    listener: str
    attempt: int
    outcome: str


@dataclasses.dataclass
class Fault:
    """Harm that was done. It hits the named lives, or everybody, and may last for a while."""
    at: float
    name: str
    workers: list
    kills: int = 0
    until: float = 0

    def hits(self, worker):
        return not self.workers or worker in self.workers


@dataclasses.dataclass
class Life:
    name: str
    role: str
    pid: int
    started: float
    ended: float = math.inf
    status: int | None = None


@dataclasses.dataclass
class History:
    dispatches: dict
    receipts: list
    settlements: list
    faults: list
    lives: dict
    tables: dict
    # Times between which nothing was done to anybody.
    calm: list

    def rows_by_token(self):
        """The rows of event_queue for each of the app's names: one, where all is well."""
        rows = {}
        for row in self.tables["event_queue"]:
            rows.setdefault(row["token"], []).append(row)
        return rows

    def receipts_by_delivery(self):
        groups = {}
        for receipt in self.receipts:
            groups.setdefault((receipt.token, receipt.listener), []).append(receipt)
        return groups


def load(folder):
    lives, faults, calm, returns = lives_of(folder)
    by_pid = {}
    for life in lives.values():
        by_pid.setdefault(life.pid, []).append(life)

    def life_of(pid, at):
        return next((life.name for life in by_pid.get(pid, []) if life.started - 1 <= at), f"pid {pid}")

    settlements = []
    for line in read(os.path.join(folder, "wire.jsonl")):
        worker = life_of(line["pid"], line["at"])
        if line["what"] == "settled":
            settlements += [Settlement(line["at"], worker, *row) for row in line["rows"]]
        else:
            hit = [] if "database" in line["fault"] else [worker]
            faults.append(Fault(line["at"], line["fault"], hit, line["kills"], line["at"] + line["seconds"]))
    receipts, traps = receipts_of(folder)
    faults = sorted(faults + traps, key=lambda fault: fault.at)
    for fault in faults:
        if fault.kills and not fault.workers:
            fault.until = next((at for at in returns if at > fault.at), fault.at)
    tables = {}
    for path in glob.glob(os.path.join(folder, "*.rows")):
        with open(path) as file:
            tables[os.path.basename(path).removesuffix(".rows")] = [json.loads(line) for line in file]
    return History(dispatches_of(folder), receipts, settlements, faults, lives, tables, calm)


def lives_of(folder):
    lives, faults, calm, returns = {}, [], [], []
    for line in read(os.path.join(folder, "lives.jsonl")):
        if line["what"] == "started":
            lives[line["name"]] = Life(line["name"], line["role"], line["pid"], line["at"])
        elif line["what"] == "ended":
            lives[line["name"]].ended, lives[line["name"]].status = line["at"], line["status"]
        elif line["what"] == "fault":
            # What hits the database hits everybody.
            hit = [worker for worker in line["workers"] if not worker.startswith("database")]
            faults.append(Fault(line["at"], line["fault"], hit, line["kills"], line["at"]))
        elif line["what"] == "over":
            # The last fault of that name lasted until now.
            next(fault for fault in reversed(faults) if fault.name == line["fault"]).until = line["at"]
        elif line["what"] == "calm":
            calm.append((line["since"], line["at"]))
        elif line["what"] == "up":
            returns.append(line["at"])
    return lives, faults, calm, returns


def receipts_of(folder):
    receipts, faults = {}, []
    for line in read(os.path.join(folder, "sink.jsonl")):
        if line["what"] == "received":
            receipts[line["receipt"]] = Receipt(
                line["at"], line["listener"], line["token"], line["worker"], line["attempt"], line["crc"],
                line["delivery"])
        elif line["what"] == "answered":
            receipt = receipts[line["receipt"]]
            receipt.end, receipt.is_taken = line["at"], 200 <= line["status"] < 300
        elif line["what"] == "closed":
            receipts[line["receipt"]].end = line["at"]
        elif line["what"] == "fault":
            faults.append(Fault(line["at"], line["fault"], line["workers"], line["kills"], line["at"]))
    return list(receipts.values()), faults


def dispatches_of(folder):
    dispatches = {}
    for path in glob.glob(os.path.join(folder, "dispatch-*.jsonl")):
        requests = {}
        for line in read(path):
            if line["what"] == "sent":
                sent = [Dispatch(**event, sent=line["at"], path=line["path"]) for event in line["events"]]
                requests[line["request"]] = (sent, [])
                dispatches.update((dispatch.token, dispatch) for dispatch in sent)
            else:
                sent, doubts = requests[line["request"]]
                note_answer(sent, doubts, line)
    return dispatches


def note_answer(sent, doubts, line):
    """`doubts` remembers whether an earlier try of the same request may have been stored."""
    status, answer = line.get("status", 0), line.get("answer")
    results = answer if isinstance(answer, list) else [answer] * len(sent)
    for dispatch, result in zip(sent, results):
        code = ((result or {}).get("error") or {}).get("code")
        if 200 <= status < 300 and not code:
            dispatch.promise, dispatch.answered = "accepted", line["at"]
            if result:
                dispatch.id, dispatch.uuid = result["id"], result["uuid"]
        elif (code in REFUSALS or 400 <= status < 500 or code and status < 300) and not doubts:
            dispatch.promise = "refused"
        else:
            dispatch.promise = "unknown"
            doubts.append(line)
