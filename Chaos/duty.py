"""What a connection of Recado is about, told from the statements that it sends."""
import re

# What only one duty sends, by duty; where a transaction has several, the first of these is its duty. Settling also counts attempts
# and gives lanes back; what has no settlement in it is "count" or "lanes". A responder that delivers within the request accepts. To rescue
# is to make the lanes of a dead neighbour ready.
MARKS = {
    "settle": ("DELETE d FROM", "INSERT IGNORE INTO delivery_attempt"),
    "accept": ("INSERT INTO event_queue",),
    "route": ("SELECT lane_removals",),
    "claim": ("lane_key, epoch + 1",),
    "count": ("0 AS attempts UNION ALL",),
    "lanes": ("SELECT id, epoch, owner, turns",),
    "rescue": ("- INTERVAL 1 HOUR, owner = 0",),
}
# These find out in their transaction whether there is anything to do; where there is not, COMMIT comes by itself.
LOOKING = {"route", "claim"}
# What those have in common that are written together, and then each one's event.
ALIKE = re.compile(r"milliseconds, _utf8mb4 X'([0-9A-F]*)', (\d+), _utf8mb4 X'([0-9A-F]*)'")
EVENT = re.compile(r"\((\d+),\d+\)")
KEPT = re.compile(r"PREPARE (\w+) FROM '(.*)'", re.DOTALL)
EXECUTED = re.compile(r"EXECUTE (\w+)(?: USING ([^;]*))?")


def duty_of(sql):
    for duty, marks in MARKS.items():
        if any(mark in sql for mark in marks):
            return duty
    return None


def attempts_in(sql):
    """What a script writes into the history: event, listener, attempt and outcome of each delivery that is being settled."""
    rows = []
    for statement in sql.split("INSERT IGNORE INTO delivery_attempt")[1:]:
        statement = statement.split(";", 1)[0]
        listener, attempt, outcome = ALIKE.search(statement).groups()
        events = EVENT.findall(statement.partition("UNION ALL VALUES")[2])
        rows += [[int(event), text(listener), int(attempt), text(outcome)] for event in events]
    return rows


def text(digits):
    return bytes.fromhex(digits).decode()


class KeptStatements:
    """What a connection has told the server to keep under a name."""

    def __init__(self):
        self.texts = {}

    def take(self, sql):
        """Notes a statement that is to be kept. Returns whether `sql` says that."""
        kept = KEPT.fullmatch(sql)
        if kept:
            name, statement = kept.groups()
            self.texts[name] = statement.replace("''", "'")
        return bool(kept)

    def whole(self, sql):
        """A script, with what it executes by name in full."""
        return EXECUTED.sub(self.execution, sql)

    def execution(self, found):
        name, values = found.groups()
        if name not in self.texts:
            return found.group()
        first, *rest = self.texts[name].split("?")
        values = values.split(",") if values else []
        return first + "".join(value + part for value, part in zip(values, rest, strict=True))


class Transaction:
    """The transaction that a connection is in, if any."""

    def __init__(self):
        self.is_open = False
        self.duty = None
        self.attempts = []

    def begin(self):
        self.__init__()
        self.is_open = True

    def end(self):
        self.__init__()
