// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses

extension GatewayConfiguration {
  /// Names what a file says, whatever its layout: 32 hexadecimal digits, as Kong's `configuration_hash`. Nil when OpenSSL
  /// has no SHA-256. What is secret in it counts as well.
  var fingerprint: String? {
    FileDigest.sha256(of: document.json(revealing: true)).map { String($0.prefix(32)) }
  }
}
