// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// Kong's `custom_fields_by_lua`, which every log plugin has: taken when it is empty, since there is no Lua here.
package enum CustomFields {
  /// The field's name.
  package static let name = "custom_fields_by_lua"

  /// The field's type.
  package static let type = ConfigType.map(of: .string).describe(
    "refused unless it is empty: there is no Lua")

  /// Refuses code.
  package static let check = ConfigCheck.custom { config in
    guard let lua = config[name], lua.object?.isEmpty == false else { return [] }
    return [
      ConfigDiagnostic("/\(name)", "Lua is not supported; let a plugin set log fields instead")
    ]
  }
}
