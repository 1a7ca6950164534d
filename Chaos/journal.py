"""What programs write down while a round goes on: one JSON object a line, with the time of a clock that nobody can set.

The monotonic clock is the same for all processes of a host, so that lines of different programs can be put in order.
"""
import json
import os
import time


class Journal:
    """Lines are written at once and whole: what a killed program has written down is there."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, what, **fields):
        line = json.dumps({"at": round(time.monotonic(), 6), "what": what, **fields}, separators=(",", ":"))
        os.write(self.descriptor, line.encode() + b"\n")


def read(path):
    """The lines of a journal; the last one may have been cut off by the death of whoever wrote it."""
    with open(path) as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
