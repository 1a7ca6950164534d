"""How much of everything is measured."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Sizes:
    rounds: int
    # Of load, per variant and round.
    seconds: int
    # Events that our worker and the C loops drain; the frameworks' consumers get fewer, which is to their advantage.
    events: int
    framework_events: int
    # Events at 500 a second.
    timed_events: int
    # Of the isolation scenario: how long the hanging endpoint is waited for, in seconds.
    hang: int
    backlog: int
    # Events of the backlog that are drained to see the rate; also the size of the small backlog.
    backlog_sample: int
    # Events that are drained behind a reader's snapshot before it counts.
    backlog_pile: int
    # Process starts per round.
    starts: int
    # How often short measurements are repeated in a round, at the most.
    repeats: int


FULL = Sizes(rounds=5, seconds=6, events=50_000, framework_events=4_000, timed_events=10_000, hang=5,
             backlog=2_000_000, backlog_sample=10_000, backlog_pile=50_000, starts=40, repeats=99)
QUICK = Sizes(rounds=1, seconds=1, events=6_000, framework_events=400, timed_events=1_000, hang=2,
              backlog=100_000, backlog_sample=4_000, backlog_pile=8_000, starts=10, repeats=1)
