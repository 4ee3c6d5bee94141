-- SPDX-License-Identifier: Apache-2.0

-- wrk -s post.lua URL -- BODY: posts the bytes of the file BODY, and prints the result as one line of JSON.

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = assert(io.open(arguments[1], "rb")):read("*a")
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests":%d,"seconds":%.6f,"failed":%d}',
    summary.requests, summary.duration / 1e6, failed))
end
