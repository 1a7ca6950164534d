"""Bugs, planted into a history in which all is well: one of each kind that the checker must see.

A plant changes the history as if Recado had done wrong, with a victim chosen by chance, and is named after what it does.
"""
import copy
import dataclasses

import history as histories
import shop
from settings import MAX_ATTEMPTS, MAX_IN_FLIGHT

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
    # Made anew, so that it remembers nothing from before it was changed.
    return dataclasses.replace(changed)


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


def neighbours_in_lane(history, random, count=2):
    """So many receipts that came one behind the other in a keyed lane, all taken and nothing repeated."""
    from checks import order
    groups = [[receipt for _, receipt in receipts[start:start + count]] for receipts in order.lanes(history).values()
              for start in range(len(receipts) - count + 1)]
    return random.choice([group for group in groups if len({receipt.token for receipt in group}) == count
                          and not any(fault.hits(receipt.worker) for receipt in group for fault in history.faults)])


def stop(history, at, until):
    """A worker that sends nothing in the sample is stopped. Returns its name."""
    history.faults.append(histories.Fault(at, "stop work", ["work-b-8"], 0, until))
    return "work-b-8"


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


@plant("oversize")
def accept_more_than_the_database_takes(history, random):
    history.dispatches[delivered(history, random).token].bytes = 1_200_000


@plant("oversize")
def refuse_an_oversize_dispatch_for_another_reason(history, random):
    dispatch = history.dispatches[delivered(history, random).token]
    dispatch.bytes, dispatch.promise, dispatch.status = 1_200_000, "refused", 400


@plant("unanswered")
def never_answer_an_app_that_insists(history, random):
    dispatch = history.dispatches[delivered(history, random).token]
    dispatch.promise, dispatch.insists, dispatch.status = "unknown", True, 503


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

def repeat(history, receipt, at, worker="work-b-9"):
    again = copy.copy(receipt)
    again.at, again.end, again.worker = at, at + 0.01, worker
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
def repeat_what_was_settled_and_settle_it_again(history, random):
    repeat_what_was_settled_before_the_kill(history, random)
    done, again = history.settlements[-1], history.receipts[-1]
    history.settlements.append(dataclasses.replace(done, at=again.end + 0.1, worker=again.worker))


@plant("repeated")
def repeat_beside_a_fault_that_costs_nobody_a_lane(history, random):
    victim = delivered(history, random)
    drop_settlement(history, victim)
    history.faults = [histories.Fault(victim.end, "work:after-settle-commit:lose", [victim.worker], 0, victim.end)]
    repeat(history, victim, victim.end + 0.5)


@plant("repeated")
def repeat_much_of_what_was_settled_when_a_worker_goes_on(history, random):
    victims = neighbours_in_lane(history, random, count=3)
    end = victims[-1].end + 1
    worker = stop(history, end - 20, end)
    for number, victim in enumerate(victims):
        repeat(history, victim, end + 0.1 * number, worker)


@plant("repeated")
def repeat_more_in_a_shared_lane_than_can_be_in_flight(history, random):
    victim = random.choice([receipt for receipt in history.receipts
                            if not history.dispatches[receipt.token].key and receipt.is_taken])
    end = history.receipts[-1].end + 1
    worker = stop(history, end - 20, end)
    for number in range(MAX_IN_FLIGHT + 1):
        repeat(history, victim, end + 0.01 * number, worker)


@plant("repeated")
def repeat_twice_for_one_kill(history, random):
    victim = delivered(history, random)
    history.faults = [histories.Fault(victim.end, "kill", [victim.worker], 1, victim.end)]
    drop_settlement(history, victim)
    repeat(history, victim, victim.end + 0.5)
    repeat(history, victim, victim.end + 1)


@plant("repeated")
def repeat_what_was_settled_behind_one_that_was_not_taken(history, random):
    victim = delivered(history, random)
    repeat(history, victim, victim.end + 0.5)
    history.receipts[-1].is_taken = False
    repeat(history, victim, victim.end + 1)


@plant("repeated")
def try_again_what_is_a_dead_letter(history, random):
    victim = delivered(history, random)
    victim.is_taken = False
    next(done for done in history.settlements if (done.event, done.listener) == (
        row_of(history, victim.token)["id"], victim.listener)).outcome = "dead"
    repeat(history, victim, victim.end + 0.5)


@plant("tried")
def try_more_often_than_is_allowed(history, random):
    victim = delivered(history, random)
    drop_settlement(history, victim)
    victim.is_taken = False
    for number in range(1, MAX_ATTEMPTS + 1):
        repeat(history, victim, victim.end + number)


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


@plant("overlap")
def send_the_next_a_moment_before_the_answer(history, random):
    first, second = neighbours_in_lane(history, random)
    first.end = second.at + 0.005


@plant("overlap")
def send_one_twice_at_once_when_a_connection_was_silent(history, random):
    first = next(iter(neighbours_in_lane(history, random)))
    history.faults.append(histories.Fault(first.at - 60, "work:after-route-commit:freeze", [first.worker], 0, first.at + 60))
    first.end += 1
    history.receipts.append(dataclasses.replace(first, at=first.at + 0.5))


@plant("overlap")
def send_one_from_two_workers_at_once(history, random):
    first = next(iter(neighbours_in_lane(history, random)))
    history.receipts.append(dataclasses.replace(first, at=first.at + 0.5, worker="work-b-9", is_taken=False))
    first.end += 1


def overlap_beside(history, random, name, is_everywhere=False):
    """Something happens that takes no lane from a living worker, and its lane is taken all the same."""
    first, second = neighbours_in_lane(history, random)
    first.end = second.at + 0.5
    history.faults.append(histories.Fault(
        first.at + 0.005, name, [] if is_everywhere else [first.worker], int(is_everywhere), first.at + 1))


@plant("overlap")
def overlap_beside_a_death_of_the_database(history, random):
    overlap_beside(history, random, "kill database", is_everywhere=True)


@plant("overlap")
def overlap_beside_a_lost_answer(history, random):
    overlap_beside(history, random, "work:after-claim-commit:lose")


@plant("overlap")
def overlap_beside_a_torn_answer(history, random):
    overlap_beside(history, random, "work:during-claim:tear")


@plant("overlap")
def overlap_with_a_stop_within_the_lease(history, random):
    first, second = neighbours_in_lane(history, random)
    first.end, second.worker = second.at + 0.5, "work-b-9"
    history.faults.append(histories.Fault(first.at + 0.005, "stop work", [first.worker], 0, second.at + 16))


@plant("order")
def overtake_a_stopped_worker(history, random, count=2):
    """When it goes on it sends two requests that its successors have overtaken."""
    *early, last = neighbours_in_lane(history, random, count + 1)
    worker = stop(history, last.end - 20, last.end)
    for number, receipt in enumerate(early):
        receipt.worker, receipt.at = worker, last.end + 0.01 + 0.005 * number
        receipt.end = receipt.at + 0.001


@plant("overlap")
def overlap_with_a_stopped_worker(history, random, count=2):
    """When it goes on it sends twice while others send in the same lane."""
    receipts = neighbours_in_lane(history, random, 2 * count)
    worker = stop(history, receipts[-1].at - 20, receipts[-1].at)
    for first, second in zip(receipts[::2], receipts[1::2]):
        first.end, second.worker = second.at + 0.2, worker


def hold_up(history, random, seconds):
    from checks import isolation
    dispatch, listener, *_ = random.choice([
        found for found in isolation.delays(history) if found[0].answered < history.calm[0][1] - 3])
    for receipt in history.receipts:
        if (receipt.token, receipt.listener) == (dispatch.token, listener):
            receipt.at += seconds
            receipt.end += seconds


@plant("isolation")
def hold_up_a_good_receiver(history, random):
    hold_up(history, random, 5)


@plant("isolation")
def hold_up_a_good_receiver_beyond_the_calm(history, random):
    """Where everything is so slow that the limit is longer than the time in which one looks."""
    for receipt in history.receipts:
        receipt.at += 1.3
        receipt.end += 1.3
    history.calm = [(99, 104.7)]
    hold_up(history, random, 30)


# The tables.

@plant("dead")
def give_up_on_a_good_receiver(history, random):
    victim = delivered(history, random)
    history.tables["event_dlq"].append({"event_id": row_of(history, victim.token)["id"], "listener": victim.listener,
                                        "reason": "failed", "status": "pending"})


@plant("dead")
def give_up_on_a_slow_receiver(history, random):
    history.tables["event_dlq"].append({"event_id": row_of(history, delivered(history, random).token)["id"], "listener": "slow",
                                        "reason": "timeout", "status": "pending"})


@plant("dead")
def give_up_after_a_single_crash(history, random):
    victim = delivered(history, random)
    drop_settlement(history, victim)
    history.faults.append(histories.Fault(victim.at + 0.005, "kill", [victim.worker], 1, victim.at + 0.005))
    history.tables["event_dlq"].append({"event_id": row_of(history, victim.token)["id"], "listener": victim.listener,
                                        "reason": "crashed", "status": "pending"})


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
def understand_no_settlement(history, random):
    history.settlements = []


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
    life.status, life.is_asked = -11, False


@plant("died")
def end_by_itself(history, random):
    random.choice([life for life in history.lives.values() if life.is_asked]).is_asked = False


@plant("died")
def fail_when_asked_to_end(history, random):
    random.choice([life for life in history.lives.values() if life.is_asked]).status = 1


@plant("died")
def fail_in_a_run_that_nothing_hinders(history, random):
    history.lives["cron-2"] = histories.Life("cron-2", "cron", 10, 120, 121, 1)
