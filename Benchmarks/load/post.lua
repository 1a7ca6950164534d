-- wrk's script: POSTs one body to /dispatch, and prints one line of JSON at the end. The body is the file named by BODY.
-- There is no response() here: wrk would collect head and body of each answer for it, on the cores that are being measured.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.path = "/dispatch"
wrk.headers["Content-Type"] = "application/json"
wrk.body = file:read("*a")
file:close()

function done(summary, latency)
    local errors = summary.errors
    local bad = errors.connect + errors.read + errors.write + errors.timeout + errors.status
    io.write(string.format('JSON {"requests":%d,"seconds":%.6f,"failed":%d,"p50":%.3f,"p99":%.3f,"max":%.3f}\n',
        summary.requests, summary.duration / 1e6, bad, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        latency.max / 1000))
end
