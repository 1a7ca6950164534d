"""Whether the journals are read as they are written."""
import json
import math
import os
import tempfile
import unittest

import history as histories

EVENT = {"name": "order.paid", "key": "k", "delay": 0, "bytes": 20, "crc": 7}
LIVES = [
    {"at": 1, "what": "started", "name": "serve-1", "role": "serve", "pid": 10},
    {"at": 1, "what": "started", "name": "work-a-1", "role": "work-a", "pid": 11},
    {"at": 2, "what": "calm", "since": 1.5},
    {"at": 5, "what": "fault", "fault": "kill work", "workers": ["work-a-1"], "kills": 1},
    {"at": 5.1, "what": "ended", "name": "work-a-1", "status": -9, "asked": False},
    # The number of one that has died is given again.
    {"at": 6, "what": "started", "name": "work-a-2", "role": "work-a", "pid": 11},
    {"at": 7, "what": "fault", "fault": "kill database", "workers": ["database-1"], "kills": 1},
    {"at": 8, "what": "up"},
    {"at": 9, "what": "fault", "fault": "stop work", "workers": ["work-a-2"], "kills": 0},
    {"at": 25, "what": "over", "fault": "stop work"},
]
WIRE = [
    {"at": 3.3, "what": "settled", "pid": 11, "rows": [[1, "crm", 1, "delivered"]]},
    {"at": 6.5, "what": "settled", "pid": 11, "rows": [[2, "crm", 1, "retry"]]},
    {"at": 9.5, "what": "fault", "fault": "work:before-settle-commit:half-open", "pid": 11, "kills": 0, "seconds": 12},
]
SINK = [
    {"at": 3, "what": "received", "receipt": 1, "listener": "crm", "token": "a-1", "worker": "work-a-1", "attempt": 1, "crc": 7,
     "delivery": "d-1", "uuid": "u-1"},
    {"at": 3.1, "what": "answered", "receipt": 1, "status": 200},
    {"at": 6.1, "what": "received", "receipt": 2, "listener": "crm", "token": "a-2", "worker": "work-a-2", "attempt": 1, "crc": 7,
     "delivery": "d-2", "uuid": "u-2"},
    {"at": 6.2, "what": "answered", "receipt": 2, "status": 503},
    {"at": 6.3, "what": "received", "receipt": 3, "listener": "crm", "token": "a-3", "worker": "work-a-2", "attempt": 1, "crc": 7,
     "delivery": "d-3", "uuid": "u-3"},
    {"at": 6.4, "what": "closed", "receipt": 3},
    {"at": 6.45, "what": "partial", "listener": "crm", "uuid": "u-2", "worker": "work-a-2", "attempt": 2, "delivery": "d-2"},
    {"at": 6.45, "what": "fault", "fault": "mid-send:half", "workers": ["work-a-2"], "kills": 1},
]


def sent(request, *tokens, insists=False):
    return {"at": 2 + request, "what": "sent", "request": request, "path": "/dispatch", "insists": insists,
            "events": [{"token": token, **EVENT} for token in tokens]}


def answered(request, status, answer):
    return {"at": 2.5 + request, "what": "answered", "request": request, "status": status, "answer": answer}


def error(code):
    return {"error": {"code": code, "message": ""}}


APP = [
    sent(1, "a-1"), answered(1, 202, {"id": 1, "uuid": "u-1", "status": "pending"}),
    sent(2, "a-2", "a-3", "a-4"),
    answered(2, 207, [{"id": 2, "uuid": "u-2"}, {"id": 3, "uuid": "u-3"}, error("invalid")]),
    sent(3, "a-5"), answered(3, 503, error("unavailable")),
    sent(4, "a-6"), {"at": 6.5, "what": "unanswered", "request": 4, "problem": "OSError"},
    # A refusal behind a doubt says nothing about the try before it.
    sent(5, "a-7", insists=True), {"at": 7.5, "what": "unanswered", "request": 5, "problem": "OSError"},
    answered(5, 503, error("unavailable")),
    sent(6, "a-8"), answered(6, 413, error("too_large")),
    sent(7, "a-9"), answered(7, 500, error("internal")),
]


class HistoryTests(unittest.TestCase):
    def setUp(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, lines in {"lives": LIVES, "wire": WIRE, "sink": SINK, "dispatch-a": APP}.items():
                with open(os.path.join(folder, name + ".jsonl"), "w") as file:
                    file.writelines(json.dumps(line) + "\n" for line in lines)
                    # A killed program has not written its last line to the end.
                    file.write('{"at": 99, "wha')
            with open(os.path.join(folder, "event_queue.rows"), "w") as file:
                file.writelines(json.dumps({"id": number, "uuid": f"u-{number}", "token": f"a-{number}"}) + "\n"
                                for number in (1, 2, 3))
            self.history = histories.load(folder)

    def test_what_an_answer_promises(self):
        promises = {token: dispatch.promise for token, dispatch in self.history.dispatches.items()}
        self.assertEqual(promises, {
            "a-1": "accepted", "a-2": "accepted", "a-3": "accepted", "a-4": "refused", "a-5": "refused", "a-6": "unknown",
            "a-7": "unknown", "a-8": "refused", "a-9": "unknown"})
        first, seventh = self.history.dispatches["a-1"], self.history.dispatches["a-7"]
        self.assertEqual((first.sent, first.answered, first.id, first.uuid), (3, 3.5, 1, "u-1"))
        self.assertEqual((seventh.status, seventh.insists, seventh.answered), (503, True, math.inf))

    def test_receipts_and_how_they_ended(self):
        ends = [(one.token, one.worker, one.end, one.is_answered, one.is_taken) for one in self.history.receipts]
        self.assertEqual(ends, [("a-1", "work-a-1", 3.1, True, True), ("a-2", "work-a-2", 6.2, True, False),
                                ("a-3", "work-a-2", 6.4, False, False)])
        self.assertEqual([(one.token, one.end) for one in self.history.partials], [("a-2", 6.45)])
        answered, closed = self.history.receipts[0], self.history.receipts[2]
        self.assertEqual((answered.is_open(3.05), answered.is_open(3.1), closed.is_open(6.29), closed.is_open(6.35)),
                         (True, False, True, False))

    def test_settlements_are_those_of_the_life_that_had_the_number_then(self):
        seen = [(one.worker, one.event, one.outcome) for one in self.history.settlements]
        self.assertEqual(seen, [("work-a-1", 1, "delivered"), ("work-a-2", 2, "retry")])

    def test_faults_whom_they_hit_and_how_long_they_last(self):
        seen = [(one.name, one.workers, one.kills, one.at, one.until) for one in self.history.faults]
        self.assertEqual(seen, [
            ("kill work", ["work-a-1"], 1, 5, 5), ("mid-send:half", ["work-a-2"], 1, 6.45, 6.45), ("kill database", [], 1, 7, 8),
            ("stop work", ["work-a-2"], 0, 9, 25),
            ("work:before-settle-commit:half-open", ["work-a-2"], 0, 9.5, 21.5)])

    def test_lives_and_the_time_of_calm(self):
        self.assertEqual(self.history.calm, [(1.5, 2)])
        died = self.history.lives["work-a-1"]
        self.assertEqual((died.pid, died.started, died.ended, died.status, died.is_asked), (11, 1, 5.1, -9, False))


if __name__ == "__main__":
    unittest.main()
