// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses

extension GatewayConfiguration {
  /// Names what a file says, whatever its layout: 32 hexadecimal digits, as Kong's `configuration_hash`. Nil when OpenSSL
  /// has no SHA-256. References to vaults count by their names.
  var fingerprint: String? {
    FileDigest.sha256(of: document.json(revealing: false)).map { String($0.prefix(32)) }
  }
}
