// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

extension Exchange {
  /// The same for the same request to the same plugin: so that the log tells whether it is always the same one. It says
  /// nothing of what is in the request. (FNV-1a, 64 bits, of plugin, phase, method, target and what is shown of the body.)
  func fingerprint(of step: Int, _ phase: Phase) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0x100) &* 0x100_0000_01b3  // so that no two parts run together
    }
    add(chain.steps[step].plugin.utf8)
    add([phase.rawValue])
    request.head.withMethod { add($0) }
    request.head.withTarget { add($0) }
    add(request.body.bytes.readableBytesView)
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.utf8.count) + text
  }
}
