"""The scenarios, in the order in which they run."""
from scenarios.backlog import Backlog
from scenarios.batches import Batches
from scenarios.cron import Cron
from scenarios.dispatch import Dispatch
from scenarios.drain import Drain, KeyedDrain
from scenarios.hanging import Hanging
from scenarios.isolation import Isolation
from scenarios.latency import Latency
from scenarios.many_clients import ManyClients
from scenarios.memory import Memory
from scenarios.webhooks import Webhooks

ALL = [Dispatch, ManyClients, Batches, Drain, KeyedDrain, Webhooks, Latency, Isolation, Hanging, Cron, Backlog, Memory]
