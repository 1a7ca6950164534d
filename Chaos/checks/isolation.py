"""While nothing is done to anybody, good receivers get everything at once, however bad the others are."""
from shop import GOOD, LISTENERS_OF

from checks.violation import Violation

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
    for dispatch, listener, seconds in delays(history):
        if seconds > LIMIT_SECONDS:
            yield Violation("isolation", f"{dispatch.token} took {seconds:.2f} s to {listener}, which is well")
