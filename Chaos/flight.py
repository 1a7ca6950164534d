"""What was under way to receivers when something was done to whoever sent it, and when it was settled."""
from settings import SHARED_LANES

# Journals of several programs agree on the order of what happened within so long.
GRACE_SECONDS = 0.5


def key_of(history, delivery):
    """What the delivery is ordered by; None where nobody knows of such an event, either."""
    dispatch = history.dispatches.get(delivery.token)
    return dispatch.key if dispatch else None


def lane_of(history, delivery):
    """The lane of whatever has a token and a listener."""
    return delivery.listener, key_of(history, delivery) or shared_lane(history.ids.get(delivery.token, 0))


def shared_lane(event):
    """As LaneKey.forEvent has it."""
    return f"shared {(event * 0x9E3779B97F4A7C15 % 2**64 >> 32) % SHARED_LANES}"


def settlement_times(history):
    """A function from a receipt to when its result was committed by the worker that had it; infinity where it never was."""
    times = {}
    for done in history.settlements:
        times.setdefault((history.tokens.get(done.event), done.listener, done.worker), []).append(done.at)

    def settled(receipt):
        candidates = times.get((receipt.token, receipt.listener, receipt.worker), [])
        return next((at for at in candidates if at >= receipt.at), float("inf"))
    return settled


def in_flight(history):
    """For each kill and each stop: what its victims had been sending, half or whole, and had not settled."""
    settled = history.settled
    sent = [*history.receipts, *history.partials]
    groups = {}
    for receipt in sent:
        groups.setdefault((receipt.token, receipt.listener), []).append(receipt)

    def is_superseded(receipt, at):
        return any(receipt.at < other.at <= at for other in groups[receipt.token, receipt.listener])

    for fault in history.faults:
        if fault.kills or fault.is_stop:
            yield fault, [
                receipt for receipt in sent
                if fault.hits(receipt.worker) and receipt.at <= fault.at + GRACE_SECONDS
                and settled(receipt) > fault.at + GRACE_SECONDS and lived(history, receipt.worker, fault.at)
                and not is_superseded(receipt, fault.at)]


def lived(history, worker, at):
    life = history.lives.get(worker)
    return life is not None and life.started <= at <= life.ended + GRACE_SECONDS
