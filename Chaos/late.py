"""Requests that were on their way when their worker was stopped, and arrive when it goes on, behind what others have sent since.

No sender can prevent that, and the receiver knows them by their ids. But of a lane with a key it is one for each stop, and of a
lane that deliveries share as many as a worker may have under way to a receiver: some were started and not sent yet.
"""
import flight
from settings import MAX_IN_FLIGHT

# So long after its worker went on a request may still come in.
LATE_SECONDS = 2


class Late:
    """Which receipts have been excused so far. One that has been is excused in whatever way it shows."""

    def __init__(self, history):
        self.history = history
        self.excused = {}

    def excuses(self, receipt):
        stop = next((fault for fault in self.history.faults if fault.is_stop and receipt.worker in fault.workers
                     and fault.at <= receipt.at <= fault.until + LATE_SECONDS), None)
        if stop is None:
            return False
        excused = self.excused.setdefault((flight.lane_of(self.history, receipt), stop.at), [])
        if any(other is receipt for other in excused):
            return True
        if len(excused) >= (1 if flight.key_of(self.history, receipt) else MAX_IN_FLIGHT):
            return False
        excused.append(receipt)
        return True

    @property
    def count(self):
        return sum(map(len, self.excused.values()))
