"""While nothing is done to anybody, good receivers get everything at once, however bad the others are."""
import math
import statistics

from shop import GOOD, LISTENERS_OF

from checks.violation import Violation

# Beyond what everything takes on a machine that is busy.
LIMIT_SECONDS = 1.5


def delays(history):
    """Each delivery to a good receiver that was to be made in a time of calm, how long it took or had been waited for at the end of
    that, and the longest that the second may be."""
    first = {}
    for receipt in history.receipts:
        first.setdefault((receipt.token, receipt.listener), receipt)
    for dispatch in history.dispatches.values():
        if dispatch.promise != "accepted" or dispatch.delay:
            continue
        span = next((span for span in history.calm if span[0] <= dispatch.sent and dispatch.answered <= span[1]), None)
        for listener in LISTENERS_OF[dispatch.name]:
            receipt = first.get((dispatch.token, listener))
            if span and listener in GOOD:
                is_made = receipt is not None and receipt.at <= span[1]
                seconds = (receipt.at if is_made else span[1]) - dispatch.answered
                yield dispatch, listener, seconds, math.inf if is_made else (span[1] - span[0]) / 2


def check(history):
    found = list(delays(history))
    if not found:
        yield Violation("isolation", "nothing was there to be judged by")
    usual = statistics.median([seconds for _, _, seconds, _ in found] or [0])
    for dispatch, listener, seconds, longest in found:
        if seconds > min(LIMIT_SECONDS + 3 * min(usual, LIMIT_SECONDS), longest):
            yield Violation("isolation", f"{dispatch.token} took {seconds:.2f} s or more to {listener}, which is well")
