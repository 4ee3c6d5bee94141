// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

extension RequestHead {
  /// The client's path and its query, which is without the question mark; empty: none.
  package var pathAndQuery: (path: String, query: String) {
    let target = path
    let bytes = target.utf8Span.span
    guard let mark = bytes.indices.first(where: { bytes[$0] == UInt8(ascii: "?") }) else {
      return (target, "")
    }
    let end = target.utf8.index(target.startIndex, offsetBy: mark)
    return (String(target[..<end]), String(target[target.utf8.index(after: end)...]))
  }
}
