// SPDX-License-Identifier: Apache-2.0

// What it costs to find a route among many: nanoseconds of CPU, by how the routes differ and how many there are. Prints a
// JSON object.

import Glibc
import HostRouting

struct Request {
  var method = Array("POST".utf8)
  var host = Array("gateway.example.com".utf8)
  var path: [UInt8]
  var headers: [(name: [UInt8], value: [UInt8])] = [
    ("accept", "*/*"), ("user-agent", "bench/1.0"), ("content-type", "application/json"),
    ("authorization", "Bearer of-nothing"), ("x-request-id", "0123456789abcdef"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  init(host: String? = nil, path: String, model: String? = nil) {
    if let host { self.host = Array(host.utf8) }
    self.path = Array(path.utf8)
    if let model { headers.append((Array("X-Model".utf8), Array(model.utf8))) }
  }
}

extension Request: RouteHeaders {
  func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    for field in headers {
      field.name.withUnsafeBytes { name in field.value.withUnsafeBytes { body(name, $0) } }
    }
  }
}

/// Routes that differ in one way, and the request that the one of this number is for.
struct Case {
  var name: String
  var rule: (Int) throws -> RouteRule
  var request: (Int) -> Request
}

let cases = [
  Case(
    name: "host", rule: { try RouteRule(hosts: ["team-\($0).example.com"]) },
    request: { Request(host: "team-\($0).example.com", path: "/v1/chat/completions") }),
  Case(
    name: "wildcard host", rule: { try RouteRule(hosts: ["*.team-\($0).example.com"]) },
    request: { Request(host: "api.team-\($0).example.com", path: "/v1/chat/completions") }),
  Case(
    name: "path", rule: { try RouteRule(paths: ["/teams/\($0)/"]) },
    request: { Request(path: "/teams/\($0)/v1/chat/completions") }),
  Case(
    name: "path under one host",
    rule: { try RouteRule(hosts: ["gateway.example.com"], paths: ["/teams/\($0)/"]) },
    request: { Request(path: "/teams/\($0)/v1/chat/completions") }),
  Case(
    name: "expression", rule: { try RouteRule(paths: ["~/teams/\($0)/(?<rest>v[0-9]+/.*)$"]) },
    request: { Request(path: "/teams/\($0)/v1/chat/completions") }),
  Case(
    name: "header",
    rule: {
      try RouteRule(
        paths: ["/v1/chat"], headers: [RouteHeader(name: "x-model", values: ["model-\($0)"])])
    },
    request: { Request(path: "/v1/chat/completions", model: "model-\($0)") }),
]

/// Nanoseconds of CPU that this thread has used.
func usedTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

func find(_ request: Request, in table: RouteTable) -> Int? {
  request.method.withUnsafeBytes { method in
    request.host.withUnsafeBytes { host in
      request.path.withUnsafeBytes { path in
        table.match(
          RouteRequest(method: method, authority: host, path: path), headers: request)?.index
      }
    }
  }
}

/// The median over the rounds, in nanoseconds of a lookup. Requests are for routes all over the table.
func measure(_ given: Case, _ count: Int) throws -> Double {
  let table = RouteTable(try (0..<count).map(given.rule))
  let requests = (0..<4_096).map { number in
    let wanted = number &* 7_919 % count
    return (wanted, given.request(wanted))
  }
  var times: [Int] = []
  for _ in 0..<15 {
    let start = usedTime()
    for (wanted, request) in requests {
      guard find(request, in: table) == wanted else { preconditionFailure("another was found") }
    }
    times.append(usedTime() - start)
  }
  return Double(times.sorted()[7]) / Double(requests.count)
}

let rows = try cases.map { given in
  let costs = try [10, 100, 1_000, 10_000].map { count in
    "\"\(count)\": \(Int(try measure(given, count).rounded()))"
  }
  return "\"\(given.name)\": {\(costs.joined(separator: ", "))}"
}
print("{\(rows.joined(separator: ", "))}")
