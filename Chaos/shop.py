"""The shop whose events are dispatched: what happens there, who listens, and how each receiver behaves."""
import dataclasses
import json
import zlib

from settings import MAX_ATTEMPTS

# How receivers behave; the sink has the code.
GOOD = ["crm", "ledger", "audit"]
BAD = ["flaky", "hang", "reset", "slow", "huge", "refusing"]

LISTENERS_OF = {
    "order.paid": ["crm", "ledger"],
    "order.shipped": ["crm", "audit"],
    "invoice.created": ["ledger", "audit"],
    "report.made": ["ledger", "audit"],
    "message.received": ["audit", "flaky"],
    "trouble.hang": ["crm", "hang"],
    "trouble.reset": ["ledger", "reset"],
    "trouble.slow": ["audit", "slow"],
    "trouble.huge": ["crm", "huge"],
    "trouble.refusing": ["ledger", "refusing"],
}
EVERYDAY = ["order.paid", "order.shipped", "invoice.created", "message.received"]
TROUBLE = [name for name in LISTENERS_OF if name.startswith("trouble.")]

# How often each of those says no that take everything in the end.
REFUSALS_OF = {**dict.fromkeys(GOOD, 0), "flaky": 2, "slow": 0, "huge": 0}

# Those that never answer well get few tries, so that a round ends soon.
SETTINGS_OF = {
    "hang": {"timeout": "1s", "max_attempts": 2},
    "reset": {"max_attempts": 2},
    "refusing": {"max_attempts": 2},
}

KEYS = 40
# Some begin with what makes one character with whatever stands before it.
ODD_KEYS = 8
ODD_BEGINNINGS = ["\u0301", "\u200d", "\ufe0f", "\U0001f3fb"]
TROUBLE_KEYS = 4
# More than one read of a socket brings, so that a request can be cut in the middle.
BIG_BYTES = 200_000


@dataclasses.dataclass(frozen=True)
class Event:
    """An event as the app knows it: `token` is the app's own name for it, and stands in the payload."""
    token: str
    name: str
    key: str | None
    payload: str
    delay: float = 0

    def described(self):
        """What a journal keeps of it."""
        return {"token": self.token, "name": self.name, "key": self.key, "delay": self.delay,
                "bytes": len(self.payload), "crc": zlib.crc32(self.payload.encode())}


def allowed_attempts(listener):
    return SETTINGS_OF.get(listener, {}).get("max_attempts", MAX_ATTEMPTS)


def key_of(number, prefix):
    return (ODD_BEGINNINGS[number % len(ODD_BEGINNINGS)] if number < ODD_KEYS else "") + f"{prefix}-{number}"


def event(random, token, prefix="key", later=0.01, trouble=0.01, big=0.002):
    """Any event of the shop. The arguments behind `prefix` are shares of the rare kinds."""
    name = random.choice(EVERYDAY)
    size = random.randint(10, 900)
    key = key_of(random.randrange(KEYS), prefix) if random.random() < 0.6 else None
    delay = 0
    if (kind := random.random()) < trouble:
        name = random.choice(TROUBLE)
        key = f"{prefix}-trouble-{random.randrange(TROUBLE_KEYS)}"
    elif kind < trouble + big:
        name, size = "report.made", BIG_BYTES
    elif kind < trouble + big + later:
        # What is for later takes its place in a lane when it is due: its order cannot be told from its number.
        key, delay = None, round(random.uniform(0.2, 2), 3)
    payload = json.dumps({"token": token, "text": "x" * size}, separators=(",", ":"))
    return Event(token, name, key, payload, delay)


def configuration(sink, worker="${CHAOS_WORKER}"):
    """Listeners and their events. Each process says in a header which one it is."""
    listeners = {
        name: {"type": "webhook", "url": f"{sink}/{name}", "allow_private_addresses": True, "timeout": "4s",
               "headers": {"X-Worker": worker}, **SETTINGS_OF.get(name, {})}
        for name in GOOD + BAD
    }
    return {"event_listeners": LISTENERS_OF, "listeners": listeners}
