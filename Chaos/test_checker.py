"""The checker sees each planted bug, and sees none where there is none."""
import random
import unittest

import checks
import plants
import report
import shop
from checks import repeats
from history import Dispatch, Fault, History, Life, Receipt, Settlement


def sample():
    """A small history in which all is well: forty events one after another, a kill, and what was in flight repeated."""
    names = ["order.paid", "message.received", "order.shipped"]
    dispatches, receipts, settlements = {}, [], []
    tables = {name: [] for name in ("event_queue", "event_delivery", "event_lane", "event_dlq", "delivery_attempt",
                                    "shop_order")}
    lanes = set()
    for number in range(1, 41):
        token, name, key = f"app-{number}", names[number % 3], f"key-{number % 4}" if number % 5 else None
        at, path = 100 + number * 0.1, "sql" if number % 7 == 0 else "/dispatch"
        dispatches[token] = Dispatch(token, name, key, 0, number, at, path, "accepted", at + 0.01, number, f"uuid-{number}",
                                     insists=number % 3 == 0, status=202)
        tables["event_queue"].append({
            "id": number, "uuid": f"uuid-{number}", "event_name": name, "status": "processed", "ordering_key": key,
            "sequence_number": 0, "open_deliveries": 0, "dead_deliveries": 0, "is_scheduled": 0, "token": token})
        if path == "sql":
            tables["shop_order"].append({"token": token})
        for listener in shop.LISTENERS_OF[name]:
            lanes.add((listener, f"k:{key}" if key else f"s:{number % 4}"))
            receipts.append(Receipt(at + 0.02, listener, token, "work-a-1", 1, number, f"{token}:{listener}", at + 0.03, True, True))
            settlements.append(Settlement(at + 0.04, "work-a-1", number, listener, 1, "delivered"))
            tables["delivery_attempt"].append({
                "event_id": number, "listener": listener, "attempt": 1, "outcome": "delivered", "reason": ""})
    tables["event_lane"] = [{"id": number, "listener": listener, "lane_key": key, "owner": 0, "is_parked": True}
                            for number, (listener, key) in enumerate(sorted(lanes), 1)]
    lives = {name: Life(name, name[:-2], number, 90, 200, 0, is_asked=True)
             for number, name in enumerate(["serve-1", "work-a-1", "work-b-1"])}
    lives["database-1"] = Life("database-1", "database", 8, 80)
    return with_a_kill(History(dispatches, receipts, settlements, [], lives, tables, [(99, 110)]))


def with_a_kill(history):
    """Another worker is killed between an answer and its settlement, and that delivery alone is repeated."""
    history.lives["cron-1"] = Life("cron-1", "cron", 9, 90, 100.135, -9)
    history.faults.append(Fault(100.135, "kill cron", ["cron-1"], 1, 100.135))
    first = history.receipts[0]
    history.receipts[0] = Receipt(100.12, first.listener, first.token, "cron-1", 1, first.crc, first.delivery, 100.13, True, True)
    first.at, first.end, history.settlements[0].at = 100.14, 100.15, 100.16
    history.receipts.append(first)
    history.receipts.sort(key=lambda receipt: receipt.at)
    return history


class CheckerTests(unittest.TestCase):
    def test_nothing_is_found_where_all_is_well(self):
        self.assertEqual(checks.violations(sample()), [])

    def test_each_planted_bug_is_found(self):
        for kind, plant in plants.ALL:
            for seed in range(5):
                with self.subTest(plant.__name__, seed=seed):
                    found = checks.violations(plants.planted(sample(), plant, random.Random(seed)))
                    self.assertIn(kind, {violation.kind for violation in found})

    def test_one_late_request_of_a_stopped_worker_is_no_fault_of_anybody(self):
        for seed in range(5):
            for come_late in (plants.overtake_a_stopped_worker, plants.overlap_with_a_stopped_worker):
                with self.subTest(come_late.__name__, seed=seed):
                    found = plants.planted(sample(), lambda *planting: come_late(*planting, count=1), random.Random(seed))
                    self.assertEqual(checks.violations(found), [])
                    self.assertEqual(found.late.count, 1)

    def test_a_death_explains_what_others_repeat_and_not_what_the_dead_one_sent_again(self):
        history = sample()
        victim = history.faults[0].workers[0]
        # Over a kept connection each attempt may be sent twice; the second one comes in just behind the death.
        sent = [(100.12, victim, 1), (100.137, victim, 1), (100.3, "work-a-1", 1), (100.31, "work-a-1", 1), (100.4, "work-a-1", 2)]
        receipts = [Receipt(at, "reset", "app-1", worker, attempt, 1, "app-1:reset", at + 0.001)
                    for at, worker, attempt in sent]
        causes = [cause for _, _, cause in repeats.with_causes(history, receipts)]
        self.assertEqual(causes, [None, history.faults[0], None, None])
        self.assertEqual(len(receipts) - repeats.uncounted(history, receipts), 2)

    def test_every_kind_has_a_plant_and_is_counted(self):
        kinds = {"lost", "kept", "twice", "phantom", "changed", "torn", "oversize", "unanswered", "repeated", "tried", "order",
                 "overlap",
                 "isolation", "dead", "tables", "died"}
        self.assertEqual(kinds, {kind for kind, _ in plants.ALL})
        self.assertEqual(kinds | {"stuck"}, set().union(*report.COUNTS.values()))


if __name__ == "__main__":
    unittest.main()
