"""A delivery that was taken is repeated only where it was in flight when its worker lost it, and once for that; nothing comes behind
its settlement, and nothing is tried more often than it may be."""
import dataclasses

from checks import excuses
from checks.violation import Violation
from shop import allowed_attempts

# What a delivery ends with.
FINAL = {"delivered", "dead", "vanished"}


@dataclasses.dataclass
class Repeat:
    """A receipt of what had been taken before, and the fault that explains it, if one does."""
    receipt: object
    cause: object = None
    is_settled: bool = False
    # Whether it was, or what it repeats was, on its way when its worker was stopped.
    is_late: bool = False

    @property
    def is_explained(self):
        return self.is_late or self.cause is not None


def settled_times(history):
    """When each delivery was first settled for good, by the app's name and listener."""
    times = {}
    for done in history.settlements:
        if done.outcome in FINAL:
            delivery = (history.tokens.get(done.event), done.listener)
            times[delivery] = min(times.get(delivery, done.at), done.at)
    return times


def with_causes(history, receipts):
    """Each receipt but the first of a delivery, with the one before it, and a fault that explains why that one did not count."""
    used = []
    for before, receipt in zip(receipts, receipts[1:]):
        cause = None
        if history.settled(before) > receipt.at:
            cause = next((fault for fault in history.faults if not any(fault is other for other in used)
                          and explains(fault, before, receipt)), None)
        used.append(cause)
        yield before, receipt, cause


def all_repeats(history):
    settled = settled_times(history)
    for delivery, receipts in history.receipts_by_delivery().items():
        for before, receipt, cause in with_causes(history, receipts):
            if settled.get(delivery, receipt.at) < receipt.at:
                yield Repeat(receipt, is_settled=True, is_late=history.late.excuses(receipt))
            elif before.is_taken:
                is_late = cause is None and (history.late.excuses(receipt) or history.late.excuses(before))
                yield Repeat(receipt, cause, is_late=is_late)


def explains(fault, before, receipt):
    # What a worker has sent just before it died may come in just behind its death.
    is_by_another = receipt.worker != before.worker
    return (is_by_another and excuses.ended(fault, before.worker, receipt.at)
            or excuses.ran_out(fault, before, receipt.at) or excuses.was_silenced(fault, before, receipt.at))


def uncounted(history, receipts):
    """How many receipts are no attempts of their own: what a fault took from its worker, and of each attempt one that was sent again
    because the kept connection that it was sent over first broke without an answer."""
    lost, again = 0, set()
    for before, receipt, cause in with_causes(history, receipts):
        if cause is not None:
            lost += 1
        elif not before.is_answered and (before.worker, before.attempt) == (receipt.worker, receipt.attempt):
            again.add((receipt.worker, receipt.attempt))
    return lost + len(again)


def check(history):
    for repeat in all_repeats(history):
        if not repeat.is_explained:
            what = f"{repeat.receipt.token} was repeated at {repeat.receipt.listener} by {repeat.receipt.worker}"
            yield Violation("repeated", what + (" after it was settled" if repeat.is_settled else " without a cause"))
    for (token, listener), receipts in history.receipts_by_delivery().items():
        allowed = allowed_attempts(listener)
        if len(receipts) > allowed:
            counted = len(receipts) - uncounted(history, receipts)
            if counted > allowed:
                yield Violation("tried", f"{token} was tried {counted} times at {listener}, which is more than {allowed}")
