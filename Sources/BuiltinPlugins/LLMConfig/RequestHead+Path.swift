// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

extension RequestHead {
  /// The client's path and its query, which is without the question mark; empty: none.
  package var pathAndQuery: (path: String, query: String) {
    let target = path
    let mark = target.firstIndex(of: "?") ?? target.endIndex
    return (String(target[..<mark]), String(target[mark...].dropFirst()))
  }
}
