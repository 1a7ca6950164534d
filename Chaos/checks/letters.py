"""Nobody becomes a dead letter at a receiver that takes everything in the end."""
import collections

from settings import MAX_ATTEMPTS
from shop import REFUSALS_OF

from checks.violation import Violation


def check(history):
    deaths = collections.Counter(
        (receipt.token, receipt.listener) for fault, receipts in history.in_flight if fault.workers for receipt in receipts)
    for row in history.tables["event_dlq"]:
        listener = row["listener"]
        # An attempt in which the worker dies counts: it may be what killed it.
        used = deaths[history.tokens.get(row["event_id"]), listener]
        if listener in REFUSALS_OF and used + REFUSALS_OF[listener] < MAX_ATTEMPTS:
            yield Violation("dead", f"event {row['event_id']} is a dead letter of {listener}: {row['reason']}")
