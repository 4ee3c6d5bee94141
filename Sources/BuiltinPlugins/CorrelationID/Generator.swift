// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginSDK
import Synchronization

/// How an id is made.
enum Generator: String, Decodable, Sendable {
  /// A random one for each request.
  case uuid
  /// A random one for the process, and a number for each request.
  case counter = "uuid#counter"
  /// Out of what is known of the request: `HOST-PORT-PID-CONNECTION-REQUEST-SECONDS`.
  case tracker

  private static let process = UUID()
  private static let count = Atomic<UInt64>(0)

  func id(for request: RequestHead, exchange: UInt64) -> String {
    switch self {
    case .uuid: UUID().description
    case .counter: "\(Self.process)#\(Self.next())"
    case .tracker: Self.tracker(request, exchange)
    }
  }

  private static func next() -> UInt64 { count.add(1, ordering: .relaxed).newValue }

  /// Kong has the server's address and the connection's numbers there. A plugin knows neither: it has the name that the client
  /// asked for, the exchange, and its own count.
  private static func tracker(_ request: RequestHead, _ exchange: UInt64) -> String {
    let authority = request.authority
    var host = authority[...]
    var port = request.scheme == "https" ? "443" : "80"
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      host = authority[..<colon]
      port = String(authority[authority.index(after: colon)...])
    }
    let milliseconds = request.receivedAt / 1000
    let fraction = String(milliseconds % 1000)
    let seconds =
      "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    return "\(host)-\(port)-\(getpid())-\(exchange)-\(next())-\(seconds)"
  }
}

/// A random UUID (RFC 9562, version 4).
struct UUID: CustomStringConvertible, Sendable {
  private let high: UInt64
  private let low: UInt64

  init() {
    high = UInt64.random(in: .min ... .max) & ~0xF000 | 0x4000
    low = UInt64.random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62
  }

  var description: String {
    String(unsafeUninitializedCapacity: 36) { text in
      var index = 0
      for position in 0..<32 {
        if [8, 12, 16, 20].contains(position) {
          text[index] = UInt8(ascii: "-")
          index += 1
        }
        let half = position < 16 ? high : low
        let digit = UInt8(half >> UInt64(60 - position % 16 * 4) & 0xF)
        text[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        index += 1
      }
      return index
    }
  }
}
