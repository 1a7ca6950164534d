"""The tables agree with one another and with what was seen, when nothing is left to do."""
from shop import LISTENERS_OF

from checks.violation import Violation


def check(history):
    for text in [*events(history), *lanes(history), *attempts(history)]:
        yield Violation("tables", text)


def events(history):
    tables = history.tables
    letters = {}
    for row in tables["event_dlq"]:
        letters.setdefault(row["event_id"], []).append(row["listener"])
    numbers = {row["id"]: row for row in tables["event_queue"]}
    open_events = {row["event_id"] for row in tables["event_delivery"]}
    for event, row in numbers.items():
        what = f"event {event} ({row['token']}) is {row['status']}"
        if row["status"] not in ("processed", "failed"):
            yield f"{what} after everything was done"
        if row["status"] == "processed" and (row["open_deliveries"] or event in open_events):
            yield f"{what} with open deliveries"
        if row["status"] == "processed" and event in letters:
            yield f"{what} and has a dead letter"
        if row["status"] == "failed" and event not in letters:
            yield f"{what} and has no dead letter"
        if row["status"] == "failed" and row["is_scheduled"] and event not in open_events:
            yield f"{what}, waits for a next attempt, and has no delivery"
        if row["dead_deliveries"] != len(letters.get(event, [])):
            yield f"{what} with {row['dead_deliveries']} dead deliveries and {len(letters.get(event, []))} dead letters"
    for event, listeners in letters.items():
        if event not in numbers or len(set(listeners)) != len(listeners):
            yield f"event {event} has dead letters of {listeners}"
    for row in tables["event_delivery"]:
        yield f"event {row['event_id']} still has a delivery in lane {row['lane_id']}"


def lanes(history):
    open_lanes = {row["lane_id"] for row in history.tables["event_delivery"]}
    seen = set()
    for row in history.tables["event_lane"]:
        what = f"lane {row['lane_key']} of {row['listener']}"
        if (row["lane_key"], row["listener"]) in seen:
            yield f"{what} is there twice"
        seen.add((row["lane_key"], row["listener"]))
        if row["is_parked"] and row["id"] in open_lanes:
            yield f"{what} is parked with deliveries in it"
        if not row["is_parked"] and row["id"] not in open_lanes:
            yield f"{what} is not parked and is empty"
        if row["owner"] and row["is_parked"]:
            yield f"{what} is parked and has an owner"
    for row in history.tables["event_delivery"]:
        if row["lane_id"] not in {lane["id"] for lane in history.tables["event_lane"]}:
            yield f"event {row['event_id']} is in lane {row['lane_id']}, which is not there"


def attempts(history):
    """Each delivery has one end, in the history as in the dead letters, and it is that of its receipts."""
    ends = {}
    for row in history.tables["delivery_attempt"]:
        if row["outcome"] != "retry":
            ends.setdefault((row["event_id"], row["listener"]), []).append(row["outcome"])
    dead = {(row["event_id"], row["listener"]) for row in history.tables["event_dlq"]}
    receipts = history.receipts_by_delivery()
    for row in history.tables["event_queue"]:
        for listener in LISTENERS_OF[row["event_name"]]:
            key, what = (row["id"], listener), f"event {row['id']} ({row['token']}) to {listener}"
            if row["status"] == "processed" and ends.get(key) != ["delivered"]:
                yield f"{what} ended as {ends.get(key)} and the event is processed"
            if key in dead and ends.get(key) != ["dead"]:
                yield f"{what} is a dead letter and ended as {ends.get(key)}"
            is_taken = any(receipt.is_taken for receipt in receipts.get((row["token"], listener), []))
            if ends.get(key) == ["delivered"] and not is_taken:
                yield f"{what} is delivered and the receiver never took it"
    known = {(done.event, done.listener): done.outcome for done in history.settlements if done.outcome != "retry"}
    # A few are committed without an answer; a proxy that does not understand the statements any more sees none.
    if 2 * len(known) < len(ends):
        yield f"of {len(ends)} ends the proxy has seen {len(known)}"
    for key, outcome in known.items():
        if ends.get(key) != [outcome]:
            yield f"event {key[0]} to {key[1]} was committed as {outcome} and is {ends.get(key)}"
