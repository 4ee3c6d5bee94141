// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

extension Pattern {
  /// The pattern of a field.
  ///
  /// - Parameter pointer: Of the field, from the root of the configuration: `/deny_patterns/0`.
  /// - Throws: what is wrong, with the pointer and the place in the text.
  package convenience init(
    _ text: String, _ options: Options = [], at pointer: String
  ) throws(ConfigError) {
    do throws(PatternError) {
      try self.init(text, options)
    } catch {
      throw ConfigError(pointer, error.description)
    }
  }
}
