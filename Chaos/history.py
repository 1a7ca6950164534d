"""What happened in a round, put together from the journals of all programs and from the tables as they were left."""
import dataclasses
import functools
import glob
import json
import math
import os

import flight
from journal import read
from late import Late

# An answer of these codes says that nothing was stored.
REFUSALS = {"unavailable", "not_migrated"}
# The receiver may hear of a closed connection so much later than of the next request.
CLOSING_SECONDS = 0.1


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
    bytes: int = 0
    # Whether the app repeats it until it is answered for good.
    insists: bool = False
    # Of the last answer; 0 where there was none.
    status: int = 0


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
    is_answered: bool = False

    def is_open(self, at):
        """Whether it was under way. An answer is written down before it is sent, so whatever comes then was not beside it."""
        return self.end - (0 if self.is_answered else CLOSING_SECONDS) > at


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

    @property
    def is_stop(self):
        return self.name.startswith("stop")

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
    # Whether it was asked to end.
    is_asked: bool = False


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
    # Requests of which only a part came in, because their worker was killed.
    partials: list = dataclasses.field(default_factory=list)

    @functools.cached_property
    def ids(self):
        """The number of each event, by the app's name for it."""
        return {row["token"]: row["id"] for row in self.tables["event_queue"]}

    @functools.cached_property
    def tokens(self):
        """The app's name for each event, by its number."""
        return {row["id"]: row["token"] for row in self.tables["event_queue"]}

    @functools.cached_property
    def in_flight(self):
        """For each kill and each stop, what was under way."""
        return list(flight.in_flight(self))

    @functools.cached_property
    def settled(self):
        """A function from a receipt to when its result was committed by the worker that had it; infinity where it never was."""
        return flight.settlement_times(self)

    @functools.cached_property
    def late(self):
        """What is excused because it was on its way when its worker was stopped."""
        return Late(self)

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
        # The latest of those that had the number; a start is written down a little after it.
        return next((life.name for life in reversed(by_pid.get(pid, [])) if life.started - 1 <= at), f"pid {pid}")

    settlements = []
    for line in read(os.path.join(folder, "wire.jsonl")):
        worker = life_of(line["pid"], line["at"])
        if line["what"] == "settled":
            settlements += [Settlement(line["at"], worker, *row) for row in line["rows"]]
        else:
            hit = [] if "database" in line["fault"] else [worker]
            faults.append(Fault(line["at"], line["fault"], hit, line["kills"], line["at"] + line["seconds"]))
    tables = {}
    for path in glob.glob(os.path.join(folder, "*.rows")):
        with open(path) as file:
            tables[os.path.basename(path).removesuffix(".rows")] = [json.loads(line) for line in file]
    receipts, partials, traps = receipts_of(folder, {row["uuid"]: row["token"] for row in tables["event_queue"]})
    faults = sorted(faults + traps, key=lambda fault: fault.at)
    for fault in faults:
        if fault.kills and not fault.workers:
            fault.until = next((at for at in returns if at > fault.at), fault.at)
    return History(dispatches_of(folder), receipts, settlements, faults, lives, tables, calm, partials)


def lives_of(folder):
    lives, faults, calm, returns = {}, [], [], []
    for line in read(os.path.join(folder, "lives.jsonl")):
        if line["what"] == "started":
            lives[line["name"]] = Life(line["name"], line["role"], line["pid"], line["at"])
        elif line["what"] == "ended":
            life = lives[line["name"]]
            life.ended, life.status, life.is_asked = line["at"], line["status"], line["asked"]
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


def receipts_of(folder, tokens):
    """The receipts, those of which only a part came in, and the traps that the sink has set. `tokens` are those of the uuids."""
    receipts, partials, faults = {}, [], []
    for line in read(os.path.join(folder, "sink.jsonl")):
        if line["what"] == "received":
            receipts[line["receipt"]] = Receipt(
                line["at"], line["listener"], line["token"], line["worker"], line["attempt"], line["crc"],
                line["delivery"])
        elif line["what"] == "answered":
            receipt = receipts[line["receipt"]]
            receipt.end, receipt.is_answered, receipt.is_taken = line["at"], True, 200 <= line["status"] < 300
        elif line["what"] == "closed":
            receipts[line["receipt"]].end = line["at"]
        elif line["what"] == "partial":
            partials.append(Receipt(line["at"], line["listener"], tokens.get(line["uuid"]), line["worker"], line["attempt"], 0,
                                    line["delivery"], line["at"]))
        elif line["what"] == "fault":
            faults.append(Fault(line["at"], line["fault"], line["workers"], line["kills"], line["at"]))
    return list(receipts.values()), partials, faults


def dispatches_of(folder):
    dispatches = {}
    for path in glob.glob(os.path.join(folder, "dispatch-*.jsonl")):
        requests = {}
        for line in read(path):
            if line["what"] == "sent":
                sent = [Dispatch(**event, sent=line["at"], path=line["path"], insists=line["insists"])
                        for event in line["events"]]
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
        dispatch.status = status
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
