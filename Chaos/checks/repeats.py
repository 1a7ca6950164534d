"""A delivery that was taken is repeated only where it was in flight when its worker lost it, and once for that."""
import dataclasses

from checks import excuses
from checks.violation import Violation


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
    """When each delivery was first settled as delivered, by the app's name and listener."""
    times = {}
    for done in history.settlements:
        if done.outcome == "delivered":
            delivery = (history.tokens.get(done.event), done.listener)
            times[delivery] = min(times.get(delivery, done.at), done.at)
    return times


def all_repeats(history):
    settled = settled_times(history)
    for delivery, receipts in history.receipts_by_delivery().items():
        used = []
        for before, receipt in zip(receipts, receipts[1:]):
            if not before.is_taken:
                continue
            if settled.get(delivery, receipt.at) < receipt.at:
                yield Repeat(receipt, is_settled=True, is_late=history.late.excuses(receipt))
                continue
            cause = next((fault for fault in history.faults if not any(fault is other for other in used)
                          and explains(fault, before, receipt.at)), None)
            used.append(cause)
            is_late = cause is None and (history.late.excuses(receipt) or history.late.excuses(before))
            yield Repeat(receipt, cause, is_late=is_late)


def explains(fault, before, at):
    return (excuses.ended(fault, before.worker, at) or excuses.ran_out(fault, before, at)
            or excuses.was_silenced(fault, before, at))


def check(history):
    for repeat in all_repeats(history):
        if not repeat.is_explained:
            what = f"{repeat.receipt.token} was repeated at {repeat.receipt.listener} by {repeat.receipt.worker}"
            yield Violation("repeated", what + (" after it was settled" if repeat.is_settled else " without a cause"))
