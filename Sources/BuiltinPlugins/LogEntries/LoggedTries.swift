// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The `tries` of a log entry: an element for each try of an upstream, the last one last.
enum LoggedTries {
  static func write(_ summary: Summary, to text: inout LogText) {
    text.array(summary.upstreamTries) { write($1, to: &$0) }
  }

  /// As Kong's balancer notes it. `balancer_latency` is the time, in milliseconds, until there was a connection.
  private static func write(_ one: UpstreamTry, to text: inout LogText) {
    text.object {
      $0.member(isAddress(one.host) ? "ip" : "host", one.host)
      $0.member("port", one.port)
      $0.member("balancer_start", one.startedAt / 1000)
      $0.member("balancer_start_ns", one.startedAt * 1000)
      $0.member("balancer_latency", one.connected.wholeMilliseconds)
      if !one.error.isEmpty {
        $0.member("state", "failed")
        $0.member("code", one.status)
      }
    }
  }

  private static func isAddress(_ host: String) -> Bool {
    host.utf8.contains(UInt8(ascii: ":"))
      || host.utf8.allSatisfy {
        $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
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
