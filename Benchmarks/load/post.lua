-- wrk's script: POSTs one body to /dispatch, counts what is not 2xx, and prints one line of JSON.
-- The body is the file named by BODY.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.path = "/dispatch"
wrk.headers["Content-Type"] = "application/json"
wrk.body = file:read("*a")
file:close()

local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init()
    refused = 0
end

function response(status)
    if status < 200 or status > 299 then
        refused = refused + 1
    end
end

function done(summary, latency)
    local errors = summary.errors
    local bad = errors.connect + errors.read + errors.write + errors.timeout
    for _, thread in ipairs(threads) do
        bad = bad + thread:get("refused")
    end
    io.write(string.format('JSON {"requests":%d,"seconds":%.6f,"failed":%d,"p50":%.3f,"p99":%.3f,"max":%.3f}\n',
        summary.requests, summary.duration / 1e6, bad, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        latency.max / 1000))
end
