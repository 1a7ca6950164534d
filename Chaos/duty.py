"""What a connection of Recado is about, told from the statements that it sends."""
import re

# A statement that only one duty sends, by duty; where a transaction has several, the first of these is its duty.
MARKS = {
    "settle": ("DELETE d FROM", "INSERT IGNORE INTO delivery_attempt"),
    "accept": ("INSERT INTO event_queue",),
    "route": ("INSERT INTO event_delivery",),
    "claim": ("lane_key, epoch + 1", "l.epoch + 1"),
}
ATTEMPT = re.compile(r"\((\d+),_utf8mb4 X'([0-9A-F]*)',(\d+),_utf8mb4 X'([0-9A-F]*)'")


def duty_of(sql):
    for duty, marks in MARKS.items():
        if any(mark in sql for mark in marks):
            return duty
    return None


def attempts_in(sql):
    """What a script writes into the history: event, listener, attempt and outcome of each delivery that is being settled."""
    _, found, rest = sql.partition("INSERT IGNORE INTO delivery_attempt")
    rows = ATTEMPT.findall(rest.split(";", 1)[0]) if found else []
    return [[int(event), text(listener), int(attempt), text(outcome)] for event, listener, attempt, outcome in rows]


def text(digits):
    return bytes.fromhex(digits).decode()


class Transaction:
    """The transaction that a connection is in, if any."""

    def __init__(self):
        self.is_open = False
        self.duties = set()
        self.attempts = []

    def begin(self):
        self.__init__()
        self.is_open = True

    def end(self):
        self.__init__()

    @property
    def duty(self):
        return next((duty for duty in MARKS if duty in self.duties), None)
