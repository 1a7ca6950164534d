"""What a connection of Recado is about, told from the statements that it sends."""

# A statement that only one duty sends, by duty; where a transaction has several, the first of these is its duty.
MARKS = {
    "settle": ("DELETE FROM event_delivery", "INSERT IGNORE INTO delivery_attempt"),
    "accept": ("INSERT INTO event_queue",),
    "route": ("INSERT INTO event_delivery",),
    "claim": ("epoch = epoch + 1",),
}


def duty_of(sql):
    for duty, marks in MARKS.items():
        if any(mark in sql for mark in marks):
            return duty
    return None


def is_history(sql):
    """Whether the statement says which deliveries are being settled."""
    return "INSERT IGNORE INTO delivery_attempt" in sql


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
