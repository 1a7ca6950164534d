"""Nothing that was accepted is lost, nothing that was refused is kept, and nothing is there that nobody sent."""
from settings import PACKET_BYTES
from shop import LISTENERS_OF

from checks.violation import Violation

# So long a responder that has died may be missed.
NEWS_SECONDS = 2


def check(history):
    rows = history.rows_by_token()
    yield from promises(history, rows)
    yield from deliveries(history, rows)
    yield from outbox(history, rows)


def promises(history, rows):
    for dispatch in history.dispatches.values():
        found = rows.get(dispatch.token, [])
        if dispatch.promise == "accepted" and not found:
            yield Violation("lost", f"{dispatch.token} was accepted and has no row")
        if dispatch.promise == "accepted" and found and dispatch.uuid and found[0]["uuid"] != dispatch.uuid:
            yield Violation("lost", f"{dispatch.token} was accepted as {dispatch.uuid} and is {found[0]['uuid']}")
        if dispatch.promise == "refused" and found:
            yield Violation("kept", f"{dispatch.token} was refused and has a row")
        if dispatch.bytes > PACKET_BYTES and (dispatch.promise == "accepted" or not is_refusal(history, dispatch)):
            yield Violation("oversize", f"{dispatch.token} is larger than the database takes and was answered {dispatch.status}")
        if dispatch.insists and dispatch.promise == "unknown" and not 200 <= dispatch.status < 500:
            yield Violation("unanswered", f"{dispatch.token} was repeated until the end and never answered for good")
        if len(found) > 1:
            yield Violation("twice", f"{dispatch.token} was dispatched once and has {len(found)} rows")
    for token in rows.keys() - history.dispatches.keys():
        yield Violation("phantom", f"{token} has a row and nobody dispatched it")


def is_refusal(history, dispatch):
    """Of what is too large: 413, or 503 while the database is away. 502 is the web server's word for a responder that has died."""
    return dispatch.status in (0, 413, 503) or dispatch.status == 502 and any(
        fault.kills and any(worker.startswith("serve") for worker in fault.workers)
        and dispatch.sent - NEWS_SECONDS <= fault.at <= dispatch.sent + NEWS_SECONDS for fault in history.faults)


def deliveries(history, rows):
    dead = {(row["event_id"], row["listener"]) for row in history.tables["event_dlq"]}
    receipts = history.receipts_by_delivery()
    for token, found in rows.items():
        for listener in LISTENERS_OF[found[0]["event_name"]]:
            is_taken = any(receipt.is_taken for receipt in receipts.get((token, listener), []))
            if not is_taken and (found[0]["id"], listener) not in dead:
                yield Violation("lost", f"{token} was neither delivered to {listener} nor is it a dead letter")
    for (token, listener), group in receipts.items():
        dispatch = history.dispatches.get(token)
        if dispatch is None or token not in rows or listener not in LISTENERS_OF[dispatch.name]:
            yield Violation("phantom", f"{token} was delivered to {listener} and should not have been")
        elif any(receipt.crc != dispatch.crc for receipt in group):
            yield Violation("changed", f"{token} was delivered to {listener} with other bytes than were dispatched")
        elif len({receipt.delivery for receipt in group}) > 1:
            yield Violation("changed", f"{token} was delivered to {listener} under several ids")


def outbox(history, rows):
    """What an app writes in one transaction with an event is there exactly when the event is."""
    orders = {row["token"] for row in history.tables["shop_order"]}
    events = {token for token in rows if token in history.dispatches and history.dispatches[token].path == "sql"}
    for token in orders ^ events:
        yield Violation("torn", f"{token}: of order and event, which were one transaction, only one is there")
