import load
from recado import Recado
from scenario import Metric, Scenario, Target

SMALL = "small backlog"
LARGE = "large backlog"
READER = "large backlog, long reader"
# More events than a worker has under way at once.
READ_AHEAD = 20_000


class Backlog(Scenario):
    """Whether a huge backlog slows the worker down: how fast it drains the oldest events of it, its start included."""
    name = "backlog"
    title = "Drain rate with a large backlog, also under a reader that holds a snapshot"
    metrics = [Metric("rate", "events", "/s")]
    targets = [Target("rate", LARGE, SMALL, at_least=0.9), Target("rate", READER, SMALL, at_least=0.7)]
    repeats = 2

    def start(self):
        self.sample = self.bench.sizes.backlog_sample
        self.recado = Recado(self.bench, "recado")
        self.large = Recado(self.bench, "large")
        sink = self.bench.web.sink()
        self.recado.listen(sink)
        self.large.listen(sink)
        self.bench.database.fill("large", self.bench.sizes.backlog, load.PAYLOAD)

    def variants(self):
        return [(SMALL, self.small), (LARGE, self.drain_large), (READER, self.with_reader)]

    def small(self):
        # As much behind it as a worker reads ahead: it is not drained to its end, as the large one is not.
        self.bench.database.fill("recado", self.sample + READ_AHEAD, load.PAYLOAD)
        return {"rate": self.recado.drain_part(1, self.sample, READ_AHEAD)}

    def drain_large(self):
        # Its first pages are read, as those of the small one are, which has just been filled.
        self.drain_next()
        self.bench.database.come_to_rest()
        return self.drain_next()

    def drain_next(self, events=None):
        """The next part of the backlog, what the last worker left half done included."""
        first = min(int(row[0]) for row in self.bench.database.sql(
            "SELECT COALESCE(MIN(id), 9000000000000000) FROM large.event_queue FORCE INDEX (event_queue_status) WHERE status = 'pending'"
            " UNION ALL"
            " SELECT COALESCE(MIN(id), 9000000000000000) FROM large.event_queue FORCE INDEX (event_queue_status)"
            " WHERE status = 'processing'"))
        return {"rate": self.large.drain_part(first, first + (events or self.sample) - 1, READ_AHEAD)}

    def with_reader(self):
        """A reader as mysqldump is one: its snapshot keeps what has been changed since from being purged, which is not timed."""
        database, processes = self.bench.database, self.bench.processes
        database.come_to_rest()
        with processes.scope():
            reader = database.connect("reader")
            database.sql("SET SESSION tx_isolation = 'REPEATABLE-READ'", "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                         client=reader)
            # What piles up behind the snapshot is what hurts: much is drained before the part that counts.
            self.drain_next(self.bench.sizes.backlog_pile)
            return self.drain_next()
