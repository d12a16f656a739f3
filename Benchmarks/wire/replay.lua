-- SPDX-License-Identifier: Apache-2.0
-- Copyright the Redoubt authors
--
-- For wrk: sends recorded requests in order, again and again, and prints what came of it as one line of JSON.
--   wrk ... -s replay.lua URL -- FILE
-- FILE holds requests as they go over the wire, each behind its length in ten decimal digits.

local requests = {}
local position = 0

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    while true do
        local length = file:read(10)
        if not length then break end
        requests[#requests + 1] = file:read(tonumber(length))
    end
    file:close()
end

function request()
    position = position % #requests + 1
    return requests[position]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"p50_us":%.0f,"p99_us":%.0f,"max_us":%.0f,"refused":%d,"failed":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
