"""Bugs, planted into a history in which all is well: one of each kind that the checker must see.

A plant changes the history as if Recado had done wrong, with a victim chosen by chance, and is named after what it does.
"""
import copy

import history as histories
import shop

ALL = []


def plant(kind):
    """Registers a plant with the kind of violation that it must show as."""
    def register(function):
        ALL.append((kind, function))
        return function
    return register


def planted(history, function, random):
    """A copy of the history with the bug in it."""
    changed = copy.deepcopy(history)
    function(changed, random)
    changed.receipts.sort(key=lambda receipt: receipt.at)
    return changed


# Choosing victims.

def delivered(history, random, is_keyed=False):
    """A receipt at a good receiver that was taken the first time, of an event that is all well."""
    processed = {row["token"] for row in history.tables["event_queue"] if row["status"] == "processed"}
    groups = history.receipts_by_delivery()
    return random.choice([
        receipts[0] for (token, listener), receipts in groups.items()
        if len(receipts) == 1 and listener in shop.GOOD and token in processed and receipts[0].is_taken
        and history.dispatches[token].promise == "accepted"
        and (not is_keyed or history.dispatches[token].key and not history.dispatches[token].delay)])


def row_of(history, token):
    return next(row for row in history.tables["event_queue"] if row["token"] == token)


def drop(rows, **values):
    """Removes the rows that have these values."""
    rows[:] = [row for row in rows if any(row[name] != value for name, value in values.items())]


def drop_settlement(history, receipt):
    event = row_of(history, receipt.token)["id"]
    history.settlements = [done for done in history.settlements
                           if (done.event, done.listener) != (event, receipt.listener)]


def neighbours_in_lane(history, random):
    """Two receipts that came one behind the other in a keyed lane, taken both and nothing repeated."""
    from checks import order
    pairs = [(first, second) for receipts in order.lanes(history).values()
             for (first_id, first), (second_id, second) in zip(receipts, receipts[1:])
             if first_id < second_id and first.is_taken and second.is_taken and first.worker == second.worker
             and not any(fault.hits(first.worker) for fault in history.faults)]
    return random.choice(pairs)


# Losing, keeping, inventing.

@plant("lost")
def forget_an_accepted_event(history, random):
    token = delivered(history, random).token
    drop(history.tables["event_queue"], token=token)


@plant("lost")
def never_deliver_to_one_listener(history, random):
    victim = delivered(history, random)
    history.receipts = [receipt for receipt in history.receipts
                        if (receipt.token, receipt.listener) != (victim.token, victim.listener)]


@plant("lost")
def deliver_only_in_vain(history, random):
    delivered(history, random).is_taken = False


@plant("lost")
def answer_with_the_number_of_another(history, random):
    history.dispatches[delivered(history, random).token].uuid = "another"


@plant("kept")
def keep_what_was_refused(history, random):
    history.dispatches[delivered(history, random).token].promise = "refused"


@plant("twice")
def store_a_dispatch_twice(history, random):
    row = row_of(history, delivered(history, random).token)
    highest = max(other["id"] for other in history.tables["event_queue"])
    history.tables["event_queue"].append({**row, "id": highest + 1, "uuid": "second"})


@plant("phantom")
def deliver_what_nobody_dispatched(history, random):
    del history.dispatches[delivered(history, random).token]


@plant("phantom")
def deliver_to_a_stranger(history, random):
    victim = delivered(history, random)
    victim.listener = next(name for name in shop.GOOD
                           if name not in shop.LISTENERS_OF[history.dispatches[victim.token].name])


@plant("changed")
def change_a_payload(history, random):
    delivered(history, random).crc ^= 1


@plant("torn")
def tear_a_transaction(history, random):
    history.tables["shop_order"].remove(random.choice(history.tables["shop_order"]))


# Repeating.

def repeat(history, receipt, at):
    again = copy.copy(receipt)
    again.at, again.end, again.worker = at, at + 0.01, "work-b-9"
    history.receipts.append(again)
    history.receipts.sort(key=lambda receipt: receipt.at)


@plant("repeated")
def repeat_without_a_cause(history, random):
    victim = delivered(history, random)
    history.faults = [fault for fault in history.faults if not fault.hits(victim.worker)]
    drop_settlement(history, victim)
    repeat(history, victim, victim.end + 0.5)


@plant("repeated")
def repeat_what_was_settled_before_the_kill(history, random):
    victim = delivered(history, random)
    history.faults.append(histories.Fault(victim.end + 1, "kill", [victim.worker], 1, victim.end + 1))
    drop_settlement(history, victim)
    history.settlements.append(histories.Settlement(
        victim.end + 0.1, victim.worker, row_of(history, victim.token)["id"], victim.listener, 1, "delivered"))
    repeat(history, victim, victim.end + 2)


@plant("repeated")
def repeat_twice_for_one_kill(history, random):
    victim = delivered(history, random)
    history.faults = [histories.Fault(victim.end, "kill", [victim.worker], 1, victim.end)]
    drop_settlement(history, victim)
    repeat(history, victim, victim.end + 0.5)
    repeat(history, victim, victim.end + 1)


@plant("repeated")
def repeat_for_the_death_of_another(history, random):
    victim = delivered(history, random)
    history.faults = [histories.Fault(victim.end, "kill", ["work-b-8"], 1, victim.end)]
    drop_settlement(history, victim)
    repeat(history, victim, victim.end + 0.5)


# Order and isolation.

@plant("order")
def overtake_in_a_lane(history, random):
    first, second = neighbours_in_lane(history, random)
    first.at, first.end, second.at, second.end = second.at, second.end, first.at, first.end


@plant("order")
def number_against_the_order_of_dispatch(history, random):
    pairs = [(first, second) for first, second in (neighbours_in_lane(history, random) for _ in range(50))
             if history.dispatches[first.token].answered < history.dispatches[second.token].sent]
    first, second = random.choice(pairs)
    one, other = row_of(history, first.token), row_of(history, second.token)
    one["id"], other["id"] = other["id"], one["id"]


@plant("overlap")
def send_two_of_a_lane_at_once(history, random):
    first, second = neighbours_in_lane(history, random)
    first.end = second.at + 0.5


@plant("isolation")
def hold_up_a_good_receiver(history, random):
    from checks import isolation
    dispatch, listener, _ = random.choice([
        found for found in isolation.delays(history) if found[0].answered < history.calm[0][1] - 2])
    for receipt in history.receipts:
        if (receipt.token, receipt.listener) == (dispatch.token, listener):
            receipt.at += 5
            receipt.end += 5


# The tables.

@plant("dead")
def give_up_on_a_good_receiver(history, random):
    victim = delivered(history, random)
    history.tables["event_dlq"].append({"event_id": row_of(history, victim.token)["id"], "listener": victim.listener,
                                        "reason": "failed", "status": "pending"})


@plant("tables")
def leave_an_event_in_processing(history, random):
    row_of(history, delivered(history, random).token)["status"] = "processing"


@plant("tables")
def process_with_an_open_delivery(history, random):
    event = row_of(history, delivered(history, random).token)["id"]
    history.tables["event_delivery"].append({"lane_id": history.tables["event_lane"][0]["id"], "event_id": event})


@plant("tables")
def miscount_open_deliveries(history, random):
    row_of(history, delivered(history, random).token)["open_deliveries"] = 1


@plant("tables")
def fail_without_a_dead_letter(history, random):
    row_of(history, delivered(history, random).token)["status"] = "failed"


@plant("tables")
def lose_the_end_of_a_delivery(history, random):
    victim = delivered(history, random)
    drop(history.tables["delivery_attempt"], event_id=row_of(history, victim.token)["id"], listener=victim.listener)


@plant("tables")
def write_an_end_twice(history, random):
    row = random.choice([row for row in history.tables["delivery_attempt"] if row["outcome"] == "delivered"])
    history.tables["delivery_attempt"].append({**row, "attempt": row["attempt"] + 1})


@plant("tables")
def take_back_a_commit(history, random):
    random.choice([done for done in history.settlements if done.outcome == "delivered"]).outcome = "dead"


@plant("tables")
def leave_a_lane_awake(history, random):
    random.choice(history.tables["event_lane"])["is_parked"] = False


@plant("tables")
def make_a_lane_twice(history, random):
    lane = random.choice(history.tables["event_lane"])
    history.tables["event_lane"].append({**lane, "id": 10**9})


@plant("tables")
def leave_an_owner_behind(history, random):
    random.choice(history.tables["event_lane"])["owner"] = 77


# Dying.

@plant("died")
def crash(history, random):
    life = random.choice([life for life in history.lives.values() if life.role == "serve"])
    history.faults = [fault for fault in history.faults if life.name not in fault.workers]
    life.status = -11
