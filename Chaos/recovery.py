"""How long it took until what was hit went on: lanes with something in flight, lanes in which something waited, and the responder."""
import bisect
import collections
import dataclasses
import math

import flight
from settings import DAEMONS, FAR, LEASE_SECONDS
from shop import GOOD, LISTENERS_OF, allowed_attempts

SAME_HOST_SECONDS = 2
# A transaction that nobody ends keeps its locks for so long: idle_transaction_timeout, and a moment.
LOCK_SECONDS = 6
# Just before a death.
MOMENT = 1e-6
# By what the time is judged: a neighbour sees the death, the database comes back, only the lease's end tells, or nobody has to take
# anything over, because it is the responder that died.
LIMITS = {"same host": SAME_HOST_SECONDS, "database": SAME_HOST_SECONDS, "elsewhere": LEASE_SECONDS,
          "responder": SAME_HOST_SECONDS}
# Lanes in which something waited that nobody had begun to send are told by themselves: most were not the victim's.
WAITING = "{}, waiting"
LIMITS |= {WAITING.format(kind): LIMITS[kind] for kind in ("same host", "database", "elsewhere")}


@dataclasses.dataclass(frozen=True)
class Recovery:
    fault: str
    kind: str
    lane: tuple
    # Infinity where it never recovered.
    seconds: float
    # Whether nothing else was done until then that would have held it up.
    is_clean: bool


def recoveries(history):
    yield from of_lanes(history)
    yield from of_waiting_lanes(history)
    yield from of_the_responder(history)


def of_lanes(history):
    """A lane has recovered when one of the deliveries that were in flight is tried again, or settled after all, by whomever. What
    was under way with its last attempt may have killed its worker: it is tried by itself, when others of the kind have been. A lane in
    which there was nothing else is not judged by the time, as long as it recovers."""
    deliveries = history.receipts_by_delivery()
    settlements, ended = {}, set()
    for done in history.settlements:
        settlements.setdefault((history.tokens.get(done.event), done.listener), []).append(done.at)
    for row in history.tables["delivery_attempt"]:
        if row["outcome"] != "retry":
            ended.add((history.tokens.get(row["event_id"]), row["listener"]))
    for fault, receipts in history.in_flight:
        start, kind, lanes, timed = start_of(fault), kind_of(fault), {}, set()
        for receipt in receipts:
            delivery = (receipt.token, receipt.listener)
            if receipt.token not in history.ids or is_away(history, receipt.worker, fault):
                continue
            ends = [other.at for other in deliveries.get(delivery, []) if other.at > max(start, receipt.at)]
            ends += [max(at, start) for at in settlements.get(delivery, []) if at >= receipt.at]
            # What ended and was not seen to was committed when the answer was lost: nothing was to be made any more.
            if ends or delivery not in ended:
                lane = flight.lane_of(history, receipt)
                lanes[lane] = min([lanes.get(lane, math.inf), *ends])
                if not fault.workers or receipt.attempt < allowed_attempts(receipt.listener):
                    timed.add(lane)
        for lane, end in lanes.items():
            is_judged = (lane in timed or end == math.inf) and is_clean(history, fault, kind)
            yield Recovery(fault.name, kind, lane, end - start, is_judged)


@dataclasses.dataclass
class Movements:
    """What came in a lane with a key to a good receiver, and what is known to have waited there: from when until when."""
    received: list = dataclasses.field(default_factory=list)
    waited: list = dataclasses.field(default_factory=list)

    def last_before(self, at):
        index = bisect.bisect_left(self.received, at)
        return self.received[index - 1] if index else -math.inf

    def first_after(self, at):
        index = bisect.bisect_right(self.received, at)
        return self.received[index] if index < len(self.received) else math.inf

    def head(self, at):
        """When the oldest that waited then had been accepted; nothing where nothing waited."""
        return min((since for since, until in self.waited if since <= at < until), default=None)


def movements(history):
    """By lane. Good receivers take everything at once, so a lane to them stands still only where its worker does. What a worker has
    sent just before it died may come in just behind its death, and moves nothing then."""
    lanes = collections.defaultdict(Movements)
    last = {worker: fault.at - MOMENT for fault in history.faults if fault.kills for worker in fault.workers}
    for (token, listener), receipts in history.receipts_by_delivery().items():
        dispatch = history.dispatches.get(token)
        if listener in GOOD and dispatch and dispatch.key:
            lanes[listener, dispatch.key].received += [min(receipt.at, last.get(receipt.worker, math.inf)) for receipt in receipts]
    first = {delivery: receipts[0].at for delivery, receipts in history.receipts_by_delivery().items()}
    for dispatch in history.dispatches.values():
        if dispatch.promise == "accepted" and dispatch.key and not dispatch.delay:
            for listener in set(LISTENERS_OF[dispatch.name]) & set(GOOD):
                waited = (dispatch.answered, first.get((dispatch.token, listener), math.inf))
                lanes[listener, dispatch.key].waited.append(waited)
    for moved in lanes.values():
        moved.received.sort()
    return lanes


class Turns:
    """What each receiver got, in order: when, and when it had been accepted."""

    def __init__(self, history):
        self.got = collections.defaultdict(list)
        for receipt in history.receipts:
            if receipt.token in history.dispatches:
                self.got[receipt.listener].append((receipt.at, history.dispatches[receipt.token].answered))

    def is_waiting_its_turn(self, listener, head, start, end):
        """Whether the receiver got older events most of the time: the oldest goes first, whatever its lane."""
        got = self.got[listener]
        meanwhile = got[bisect.bisect_left(got, (start,)):bisect.bisect_left(got, (end,))]
        return sum(1 if accepted < head else -1 for _, accepted in meanwhile) > 0


def of_waiting_lanes(history):
    """A worker may die with lanes in which it has nothing under way. One in which something waited has recovered with the next
    delivery in it. Where it has stood still since something was done before, it is counted with that. Cron runs alone are not asked:
    they look for more when all that they have begun has ended."""
    lanes, turns = movements(history), Turns(history)
    for fault, _ in history.in_flight:
        start, kind = start_of(fault), kind_of(fault)
        before = max((other.at for other in history.faults if other.at < fault.at), default=-math.inf)
        is_alone = is_clean(history, fault, kind)
        for lane, moved in lanes.items():
            head = moved.head(fault.at)
            if head is not None and moved.last_before(fault.at) >= before and has_daemon(history, fault.at):
                end = max(moved.first_after(fault.at), start)
                is_judged = is_alone and not turns.is_waiting_its_turn(lane[0], head, fault.at, end)
                yield Recovery(fault.name, WAITING.format(kind), lane, end - start, is_judged)


def has_daemon(history, at):
    return any(life.role in DAEMONS and life.started <= at <= life.ended for life in history.lives.values())


def of_the_responder(history):
    """After each death of the responder or of the database: until a dispatch that was sent since then was accepted. An answer that
    was on its way at the death tells nothing."""
    accepted = sorted((dispatch.answered, dispatch.sent) for dispatch in history.dispatches.values()
                      if dispatch.promise == "accepted" and dispatch.path != "sql")
    for fault in history.faults:
        if fault.kills and (not fault.workers or is_about_the_responder(fault)):
            start = start_of(fault)
            end = next((answered for answered, sent in accepted if sent > start), math.inf)
            yield Recovery(fault.name, "responder", ("serve",), end - start, is_clean(history, fault, "responder"))


def start_of(fault):
    """The database's own way back is not ours to shorten."""
    return fault.at if fault.workers else fault.until


def is_away(history, worker, fault):
    """Whether the worker stood still or was dead when the database went: its lanes are counted with what was done to it."""
    if fault.workers:
        return False
    return history.lives[worker].ended < fault.at or any(
        other.is_stop and other.hits(worker) and other.at <= fault.at <= other.until for other in history.faults)


def kind_of(fault):
    if not fault.workers:
        return "database"
    return "elsewhere" if fault.is_stop or fault.workers[0].startswith(FAR) else "same host"


def is_about_the_responder(fault):
    return any(worker.startswith("serve") for worker in fault.workers)


def is_clean(history, fault, kind):
    """Whether nothing else was done, until it should have recovered, that would have held it up."""
    limit = start_of(fault) + LIMITS[kind]
    return not any(other is not fault and weighs(other, kind) and other.at <= limit
                   and other.at + min(other.until - other.at, LOCK_SECONDS) >= fault.at for other in history.faults)


def weighs(other, kind):
    """Whether the other fault could hold up this recovery: that at the lease's end needs nobody in particular."""
    if other.workers == ["nobody"]:
        return False
    if kind == "responder":
        return not other.workers or is_about_the_responder(other)
    return kind != "elsewhere" or not other.workers or other.until > other.at
