// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many descriptors the process may have open.
package enum DescriptorLimit {
  /// What holds now.
  package static var current: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Raises the limit as far as the system lets everybody, as servers do: what shells give is meant for programs that
  /// wait with `select`.
  package static func raise() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    // Where that is not allowed, the old limit stays, and with it fewer connections.
    _ = setrlimit(resource, &limit)
  }
}
