from kinds.bodies import Bodies
from kinds.configurations import Configurations
from kinds.records import Records
from kinds.requests import Requests
from kinds.rows import Rows
from kinds.traps import Traps

ALL = [Traps, Records, Requests, Bodies, Rows, Configurations]
