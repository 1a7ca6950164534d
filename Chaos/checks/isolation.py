"""While nothing is done to anybody, good receivers get everything at once, however bad the others are."""
import statistics

from shop import GOOD, LISTENERS_OF

from checks.violation import Violation

# Beyond what everything takes on a machine that is busy.
LIMIT_SECONDS = 1.5


def delays(history):
    """How long each delivery to a good receiver took from its acceptance, where all of it was in a time of calm."""
    first = {}
    for receipt in history.receipts:
        first.setdefault((receipt.token, receipt.listener), receipt)
    for dispatch in history.dispatches.values():
        if dispatch.promise != "accepted" or dispatch.delay:
            continue
        span = next((span for span in history.calm if span[0] <= dispatch.sent and dispatch.answered <= span[1]), None)
        for listener in LISTENERS_OF[dispatch.name]:
            receipt = first.get((dispatch.token, listener))
            if span and receipt and listener in GOOD:
                yield dispatch, listener, min(receipt.at, span[1]) - dispatch.answered


def check(history):
    found = list(delays(history))
    usual = statistics.median([seconds for _, _, seconds in found] or [0])
    for dispatch, listener, seconds in found:
        if seconds > LIMIT_SECONDS + 3 * min(usual, LIMIT_SECONDS):
            yield Violation("isolation", f"{dispatch.token} took {seconds:.2f} s to {listener}, which is well")
