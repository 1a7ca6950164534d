"""In a lane with a key deliveries go one after another, in the order of their events."""
from checks import excuses
from checks.violation import Violation


def lanes(history):
    """Receipts of each keyed lane with their event's id, as they came."""
    groups = {}
    for receipt in history.receipts:
        dispatch = history.dispatches.get(receipt.token)
        if dispatch and dispatch.key and not dispatch.delay and receipt.token in history.ids:
            groups.setdefault((receipt.listener, dispatch.key), []).append((history.ids[receipt.token], receipt))
    return groups


def check(history):
    yield from dispatch_order(history)
    yield from one_at_a_time(history)
    for (listener, key), receipts in lanes(history).items():
        latest, open_ones = None, []
        for event, receipt in receipts:
            what = f"lane {key} of {listener}: {receipt.token} (event {event}) arrived"
            if not latest or event >= latest[0]:
                latest = (event, receipt)
            elif not history.late.excuses(receipt):
                yield Violation("order", f"{what} behind {latest[1].token} (event {latest[0]})")
            for other_event, other in open_ones:
                if other_event != event and other.is_open(receipt.at) and not was_overtaken(history, other, receipt):
                    yield Violation("overlap", f"{what} while {other.token} (event {other_event}) was not answered")
            open_ones = [pair for pair in open_ones if pair[1].end > receipt.at] + [(event, receipt)]


def was_overtaken(history, open_one, receipt):
    """Whether the lane may have gone to another worker while a request was open in it, or one of both was late."""
    return any(excuses.ended(fault, open_one.worker, receipt.at) or excuses.ran_out(fault, open_one, receipt.at)
               for fault in history.faults) or history.late.excuses(receipt) or history.late.excuses(open_one)


def one_at_a_time(history):
    """No delivery is under way twice: at two workers only where one of them may have lost it, at one only while it wakes up."""
    for receipts in history.receipts_by_delivery().values():
        for before, receipt in zip(receipts, receipts[1:]):
            if not before.is_open(receipt.at):
                continue
            is_allowed = history.late.excuses(receipt) if before.worker == receipt.worker \
                else was_overtaken(history, before, receipt)
            if not is_allowed:
                yield Violation("overlap", f"{receipt.token} arrived at {receipt.listener} while it was not answered there")


def dispatch_order(history):
    """Of two events of a key, one of which was accepted before the other was sent, the first has the lower id."""
    keys = {}
    rows = history.rows_by_token()
    for dispatch in history.dispatches.values():
        if dispatch.key and dispatch.promise == "accepted" and dispatch.token in rows:
            keys.setdefault(dispatch.key, []).append((rows[dispatch.token][0]["id"], dispatch))
    for key, dispatches in keys.items():
        dispatches.sort(key=lambda pair: pair[0])
        earliest_answer = float("inf")
        for event, dispatch in reversed(dispatches):
            # Everything with a higher id was looked at: none of it may have been answered before this was sent.
            if earliest_answer < dispatch.sent:
                yield Violation("order", f"key {key}: {dispatch.token} has a lower id than what was accepted before it")
            earliest_answer = min(earliest_answer, dispatch.answered)
