"""Nobody becomes a dead letter at a receiver that never said no."""
from shop import GOOD

from checks.violation import Violation


def check(history):
    for row in history.tables["event_dlq"]:
        if row["listener"] in GOOD:
            yield Violation("dead", f"event {row['event_id']} is a dead letter of {row['listener']}: {row['reason']}")
