// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

extension Body {
  /// Records an edit.
  package mutating func apply(_ splice: Splice) {
    replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
  }

  /// Records edits.
  package mutating func apply(_ splices: [Splice]) {
    for splice in splices { apply(splice) }
  }
}
