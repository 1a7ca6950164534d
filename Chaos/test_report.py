"""Whether recovery is timed as it was, and the report tells when a target was missed."""
import dataclasses
import os
import sys
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))

import plants
import recovery
import report
import round as rounds
import schedule
from history import Fault
from settings import MAX_ATTEMPTS
from test_checker import sample


class ReportTests(unittest.TestCase):
    def figures(self, history, **changes):
        result = rounds.judged(rounds.Plan("test", 1, 1, []), history, {("kill cron", ""): [1, 0]}, 1)
        return report.figures([dataclasses.replace(result, **changes)])

    def missed(self, history, **changes):
        return list(report.missed(self.figures(history, **changes), is_full=False))

    def after_the_kill(self, history):
        """The receipt that repeats what the killed run had in flight."""
        lost = next(receipt for receipt in history.receipts if receipt.worker == "cron-1")
        return history.receipts_by_delivery()[lost.token, lost.listener][1]

    def test_nothing_is_missed_where_all_is_well(self):
        self.assertEqual(self.missed(sample()), [])

    def test_a_slow_recovery_is_missed(self):
        history = sample()
        again = self.after_the_kill(history)
        again.at, again.end, history.settlements[0].at = 103.135, 103.14, 103.15
        self.assertIn("took up to 3.00 s instead of 2 s", " ".join(self.missed(history)))

    def test_what_may_have_killed_its_worker_is_not_judged_by_the_time(self):
        history = sample()
        again = self.after_the_kill(history)
        again.at, again.end, history.settlements[0].at = 103.135, 103.14, 103.15
        next(receipt for receipt in history.receipts if receipt.worker == "cron-1").attempt = MAX_ATTEMPTS
        found = [one for one in recovery.of_lanes(history) if one.seconds > 2]
        self.assertEqual([one.is_clean for one in found], [False])
        # But it has to be tried.
        history.receipts.remove(again)
        event = history.settlements.pop(0).event
        plants.drop(history.tables["delivery_attempt"], event_id=event, listener=again.listener)
        self.assertIn("took up to inf s", " ".join(self.missed(history)))

    def test_a_lane_that_never_recovers_is_missed(self):
        history = sample()
        again = self.after_the_kill(history)
        history.receipts.remove(again)
        event = history.settlements.pop(0).event
        plants.drop(history.tables["delivery_attempt"], event_id=event, listener=again.listener)
        self.assertIn("took up to inf s", " ".join(self.missed(history)))

    def standing_still(self):
        history = sample()
        # app-21 has been accepted, and nobody has begun to send it.
        history.faults.append(Fault(102.115, "kill work", ["work-b-1"], 1, 102.115))
        for receipt in history.receipts:
            if history.dispatches[receipt.token].key == "key-1" and receipt.at > 102.115:
                receipt.at, receipt.end = receipt.at + 3, receipt.end + 3
        return history

    def test_a_lane_that_stands_still_with_nothing_in_flight_is_missed(self):
        self.assertIn("where something waited that nobody had begun to send took up to 3.0",
                      " ".join(self.missed(self.standing_still())))

    def test_what_comes_in_just_behind_the_death_of_its_worker_moves_no_lane(self):
        history = self.standing_still()
        history.receipts += [
            dataclasses.replace(receipt, at=102.117, end=102.118, worker="work-b-1", is_taken=False, is_answered=False)
            for receipt in history.receipts if receipt.token == "app-21"]
        history.receipts.sort(key=lambda receipt: receipt.at)
        self.assertIn("where something waited that nobody had begun to send took up to 3.0", " ".join(self.missed(history)))

    def test_what_was_settled_unseen_has_not_to_recover(self):
        history = sample()
        history.receipts.remove(self.after_the_kill(history))
        history.settlements.pop(0)
        self.assertEqual(list(recovery.of_lanes(history)), [])

    def test_a_responder_that_accepts_late_is_missed(self):
        history = sample()
        history.faults.append(Fault(101, "kill serve", ["serve-1"], 1, 101))
        for dispatch in history.dispatches.values():
            if dispatch.answered > 101:
                dispatch.answered = max(dispatch.answered, 103.5)
        self.assertIn("took up to 2.50 s instead of 2 s", " ".join(self.missed(history)))

    def test_an_answer_that_was_on_its_way_is_no_recovery(self):
        history = sample()
        history.faults.append(Fault(101, "kill serve", ["serve-1"], 1, 101))
        late = [dispatch for dispatch in history.dispatches.values() if dispatch.answered > 101]
        for dispatch in late:
            dispatch.sent, dispatch.answered = max(dispatch.sent, 103.2), max(dispatch.answered, 103.5)
        late[0].sent, late[0].answered = 100.9, 101.1
        self.assertIn("took up to 2.50 s instead of 2 s", " ".join(self.missed(history)))

    def test_the_time_of_the_databases_own_return_does_not_count(self):
        history = sample()
        history.faults.append(Fault(101, "kill database", [], 1, 102))
        found = next(one for one in recovery.of_the_responder(history))
        self.assertTrue(0 < found.seconds < 0.3, found)

    def test_more_repeats_than_were_in_flight_are_missed(self):
        self.assertIn("are more than", self.missed(sample(), repeats_by_kills=100)[0])

    def test_a_kind_of_fault_that_never_came_to_pass_is_missed(self):
        figures = self.figures(sample(), done={("kill cron", ""): [1, 0], ("disk full", ""): [0, 2]})
        missed = list(report.missed(figures, is_full=True))
        self.assertIn("disk full never came to pass", missed)
        self.assertNotIn("kill cron never came to pass", missed)
        points = {("kill work at a point", what): [1, 0] for what in schedule.KILLS["kill work at a point"]}
        self.assertEqual([one for one in report.missed(self.figures(sample(), done=points), is_full=True) if " at " in one], [])
        points["kill work at a point", "work:mid-route"] = [0, 3]
        self.assertIn("kill work at a point never came to pass at work:mid-route",
                      list(report.missed(self.figures(sample(), done=points), is_full=True)))
        self.assertIn("disk full", report.text(figures, [], is_full=True))

    def test_a_whole_run_must_have_judged_enough(self):
        self.assertIn("fewer than 30", " ".join(report.missed(self.figures(sample()), is_full=True)))


if __name__ == "__main__":
    unittest.main()
