"""A delivery that was taken is repeated only where it was in flight when something happened to its worker, and once for that."""
from checks.violation import Violation

# A worker that was stopped may have had a request half way out of the door: it arrives when the worker goes on.
LATE_SECONDS = 2


def was_stopped(history, receipt):
    """Whether the worker had been stopped and woke up right before."""
    return next((fault for fault in history.faults if fault.name.startswith("stop") and receipt.worker in fault.workers
                 and fault.at <= receipt.at <= fault.until + LATE_SECONDS), None)


def settled_times(history):
    """When each delivery was settled as delivered, by the app's name and listener."""
    tokens = {row["id"]: row["token"] for row in history.tables["event_queue"]}
    return {(tokens.get(done.event), done.listener): done.at for done in history.settlements
            if done.outcome == "delivered"}


def causes(history):
    """Each repeat, with the fault that explains it, or None; and whether the delivery was settled before."""
    settled = settled_times(history)
    for delivery, receipts in history.receipts_by_delivery().items():
        used = set()
        for before, repeat in zip(receipts, receipts[1:]):
            if not before.is_taken:
                continue
            is_settled = settled.get(delivery, repeat.at) < repeat.at
            if is_settled:
                yield repeat, was_stopped(history, repeat), True
                continue
            cause = next((index for index, fault in enumerate(history.faults)
                          if index not in used and fault.hits(before.worker)
                          and fault.at <= repeat.at and fault.until >= before.at), None)
            # The receipt of a killed worker may still have been in the kernel's hands.
            if cause is None:
                cause = next((index for index, fault in enumerate(history.faults)
                              if index not in used and fault.kills and before.worker in fault.workers
                              and fault.at <= repeat.at), None)
            used.add(cause)
            yield repeat, None if cause is None else history.faults[cause], False


def check(history):
    for repeat, cause, is_settled in causes(history):
        what = f"{repeat.token} was repeated at {repeat.listener} by {repeat.worker}"
        if cause is None:
            yield Violation("repeated", what + (" after it was settled" if is_settled else " without a cause"))
