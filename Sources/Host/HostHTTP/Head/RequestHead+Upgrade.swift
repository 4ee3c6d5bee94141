// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension RequestHead {
  /// Whether the client wants to go on with WebSocket (RFC 6455, 4.1): in HTTP/1.1, by GET, without a body.
  package var asksForWebSocket: Bool {
    guard method == .get, version == .http11, !hasBody else { return false }
    return fields.asksForUpgrade(to: "websocket")
  }
}

extension ResponseHead {
  /// Whether the upstream goes on with WebSocket.
  package var switchesToWebSocket: Bool {
    status == 101 && fields.asksForUpgrade(to: "websocket")
  }
}

extension HeaderFields {
  /// Whether `Connection` has the option, and `Upgrade` names this protocol and no other.
  fileprivate func asksForUpgrade(to name: StaticString) -> Bool {
    var isOption = false
    var protocols = 0
    var isNamed = false
    forEach { field, _, value in
      var position = 0
      let value = value.bytes
      switch field.known {
      case .connection:
        while let element = value.nextListElement(from: &position) {
          if value.extracting(element).equals(lowercase: "upgrade") { isOption = true }
        }
      case .upgrade:
        while let element = value.nextListElement(from: &position) {
          protocols += 1
          if value.extracting(element).equals(lowercase: name) { isNamed = true }
        }
      default: break
      }
    }
    return isOption && isNamed && protocols == 1
  }
}
