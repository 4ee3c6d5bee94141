// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

extension ConfigType {
  /// A string that compiles as a ``Pattern``. What is wrong with it is said with the place in the pattern.
  package func pattern(_ options: Pattern.Options = []) -> ConfigType {
    check { value in
      do throws(PatternError) {
        _ = try Pattern(value.text ?? "", options)
        return nil
      } catch {
        return error.description
      }
    }
  }
}
