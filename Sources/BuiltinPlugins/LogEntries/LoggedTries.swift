// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The `tries` of a log entry: an element for each try of an upstream, the last one last.
enum LoggedTries {
  static func json(of summary: Summary) -> JSONValue {
    .array(summary.upstreamTries.map { .object(json(of: $0)) })
  }

  /// As Kong's balancer notes it. `balancer_latency` is the time, in milliseconds, until there was a connection.
  private static func json(of one: UpstreamTry) -> JSONObject {
    let isAddress =
      one.host.utf8.contains(UInt8(ascii: ":"))
      || one.host.utf8.allSatisfy {
        $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
    var entry = JSONObject()
    entry[isAddress ? "ip" : "host"] = .string(one.host)
    entry["port"] = .int(one.port)
    entry["balancer_start"] = .int(one.startedAt / 1000)
    entry["balancer_start_ns"] = .int(one.startedAt * 1000)
    entry["balancer_latency"] = .int(one.connected.wholeMilliseconds)
    if !one.error.isEmpty {
      entry["state"] = "failed"
      entry["code"] = .int(one.status)
    }
    return entry
  }
}

extension Summary {
  /// The path of the last try. Its query is not shown: a provider may want its key there.
  var upstreamPath: String {
    let bytes = upstreamURL.utf8
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      bytes[colon...].starts(with: "://".utf8)
    else { return upstreamURL }
    let rest = bytes[bytes.index(colon, offsetBy: 3)...]
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return "/" }
    return String(upstreamURL[slash...])
  }
}
