// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

extension RequestHead {
  /// The client's path and its query, which is without the question mark; empty: none.
  package var pathAndQuery: (path: String, query: String) {
    let target = path.utf8
    guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return (path, "") }
    return (String(path[..<mark]), String(path[target.index(after: mark)...]))
  }
}
