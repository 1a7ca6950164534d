"""What the installation is set to, and what its programs are called."""

DATABASE = "recado"
# The default of worker.lease.
LEASE_SECONDS = 15
# How long a connection stays half open or frozen before everybody is told: within a lease, and past it.
SILENCE_SECONDS = {"half-open": 12, "freeze": LEASE_SECONDS + 1}
# The default of worker.keyless_lanes: lanes that deliveries without a key share.
SHARED_LANES = 4
# The default of worker.max_in_flight.
MAX_IN_FLIGHT = 64
MAX_ATTEMPTS = 6
# MariaDB's max_allowed_packet: small, so that it can be passed by a request of ordinary size.
PACKET_BYTES = 1 << 20
DAEMONS = ["work-a", "work-b"]
# A daemon that shares nothing but the database with the others, as on another host.
FAR = "far"
RECADO = ["serve", *DAEMONS, FAR, "cron"]
