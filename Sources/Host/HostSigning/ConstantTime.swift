// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Comparisons whose time says nothing about where two values differ.
package enum ConstantTime {
  /// Whether they are the same bytes. That their lengths differ does show.
  package static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
  }
}
