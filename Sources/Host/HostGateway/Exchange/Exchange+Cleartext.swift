// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

// A request that came without TLS to a route that is for TLS only.
extension Exchange {
  /// What it is answered with, as in Kong; nil: it may go on.
  var cleartextRefusal: HostError? {
    guard let status = destination?.httpsRedirectStatus, !request.isSecure else { return nil }
    // Who names no host, or no path, cannot be told where to go.
    let canRedirect =
      request.head.withAuthority { !$0.isEmpty }
      && request.head.withTarget { $0.first == UInt8(ascii: "/") }
    return .httpsRequired(status: canRedirect ? status : 426)
  }

  /// An empty response that leads to the same place over TLS: without the port, which is another one there.
  func redirectToTLS() {
    var location = Array("https://".utf8)
    request.head.withAuthority { location += $0.prefix($0.lengthWithoutPort) }
    request.head.withTarget { location += $0 }
    response.edits.set("Location", location)
    machine.replaceCollected(ByteBuffer())
  }
}

extension UnsafeRawBufferPointer {
  /// Bytes of an authority up to its port.
  fileprivate var lengthWithoutPort: Int {
    let start = first == UInt8(ascii: "[") ? firstIndex(of: UInt8(ascii: "]")) ?? 0 : 0
    return self[start...].firstIndex(of: UInt8(ascii: ":")) ?? count
  }
}
