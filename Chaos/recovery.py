"""How long it took until what was in flight went on, for each lane that was hit."""
import dataclasses

from installation import FAR, LEASE_SECONDS

SAME_HOST_SECONDS = 2
# A transaction that nobody ends keeps its locks for so long: idle_transaction_timeout, and a moment.
LOCK_SECONDS = 6
# Lanes of keyless deliveries: worker.keyless_lanes.
SHARED_LANES = 4


@dataclasses.dataclass(frozen=True)
class Recovery:
    fault: str
    kind: str
    lane: tuple
    seconds: float
    # Whether nothing else was done until then that would have held it up.
    is_clean: bool


def in_flight(history):
    """For each kill of a worker: what it had been sending and had not settled. Yields the kill and its receipts."""
    settled = settlement_times(history)
    deliveries = history.receipts_by_delivery()

    def is_superseded(receipt, at):
        return any(receipt.at < other.at <= at for other in deliveries[receipt.token, receipt.listener])

    for fault in history.faults:
        if not fault.kills and not fault.name.startswith("stop"):
            continue
        receipts = [receipt for receipt in history.receipts
                    if fault.hits(receipt.worker) and receipt.at <= fault.at + 0.5
                    and not settled(receipt) <= fault.at + 0.5 and lived(history, receipt.worker, fault.at)
                    and not is_superseded(receipt, fault.at)]
        yield fault, receipts


def lived(history, worker, at):
    life = history.lives.get(worker)
    return life is not None and life.started <= at <= life.ended + 0.5


def settlement_times(history):
    """A function from a receipt to when its result was committed by the worker that had it; infinity where it never was."""
    tokens = {row["id"]: row["token"] for row in history.tables["event_queue"]}
    times = {}
    for done in history.settlements:
        times.setdefault((tokens.get(done.event), done.listener, done.worker), []).append(done.at)

    def settled(receipt):
        candidates = times.get((receipt.token, receipt.listener, receipt.worker), [])
        return next((at for at in candidates if at >= receipt.at), float("inf"))
    return settled


def lane_of(history, receipt, ids):
    dispatch = history.dispatches[receipt.token]
    return receipt.listener, dispatch.key or f"shared {ids[receipt.token] % SHARED_LANES}"


def recoveries(history):
    """A lane has recovered when one of the deliveries that were in flight is tried again, or settled after all."""
    ids = {row["token"]: row["id"] for row in history.tables["event_queue"]}
    deliveries = history.receipts_by_delivery()
    settled = settlement_times(history)
    for fault, receipts in in_flight(history):
        # The database's own way back is not ours to shorten.
        start = fault.until if not fault.workers else fault.at
        lanes = {}
        for receipt in receipts:
            if receipt.token not in ids or is_away(history, receipt.worker, fault):
                continue
            again = next((other.at for other in deliveries[receipt.token, receipt.listener] if other.at > max(start, receipt.at)),
                         float("inf"))
            lane = lane_of(history, receipt, ids)
            lanes[lane] = min(lanes.get(lane, float("inf")), again, max(settled(receipt), start))
        for lane, end in lanes.items():
            if end < float("inf"):
                yield Recovery(fault.name, kind_of(fault), lane, end - start, is_clean(history, fault, start))


def is_away(history, worker, fault):
    """Whether the worker stood still or was dead when the database went: its lanes are counted with what was done to it."""
    if fault.workers:
        return False
    return history.lives[worker].ended < fault.at or any(
        other is not fault and other.name.startswith("stop") and other.hits(worker) and other.at <= fault.at <= other.until
        for other in history.faults)


def kind_of(fault):
    """By what the time is judged: the database comes back, a neighbour sees the death, or only the lease's end tells."""
    if not fault.workers:
        return "database"
    return "elsewhere" if fault.name.startswith("stop") or fault.workers[0].startswith(FAR) else "same host"


def is_clean(history, fault, start):
    """Whether nothing else was done, until the lane should have recovered, that would have held it up."""
    kind = kind_of(fault)
    limit = start + (LEASE_SECONDS if kind == "elsewhere" else SAME_HOST_SECONDS)
    return not any(other is not fault and weighs(other, kind) and other.at <= limit
                   and other.at + min(other.until - other.at, LOCK_SECONDS) >= fault.at for other in history.faults)


def weighs(other, kind):
    """Whether the other fault could hold up this recovery: that at the lease's end needs nobody in particular."""
    return other.workers != ["nobody"] and (kind != "elsewhere" or not other.workers or other.until > other.at)


def responder(history):
    """After each kill of the responder or of the database: until the next dispatch was accepted."""
    accepted = sorted(dispatch.answered for dispatch in history.dispatches.values()
                      if dispatch.promise == "accepted" and dispatch.path != "sql")
    for fault in history.faults:
        if fault.kills and any(worker.startswith("serve") for worker in fault.workers):
            following = next((at for at in accepted if at > fault.at), None)
            if following:
                yield following - fault.at
