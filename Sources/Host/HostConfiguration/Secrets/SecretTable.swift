// SPDX-License-Identifier: Apache-2.0

/// The secrets of a configuration by the handles that stand for them in plugins.
///
/// A handle is random and says nothing; the value is filled in by the host when bytes leave for an upstream. It is worth
/// something only from the plugin in whose config it stands.
package struct SecretTable: Sendable {
  private struct Entry: Sendable {
    let secret: SecretString
    let owner: String
  }

  /// A value in the configs of one plugin.
  private struct Place: Hashable {
    let owner: String
    let value: String
  }

  private var entries: [String: Entry] = [:]
  private var handles: [Place: String] = [:]

  package init() {}

  /// The value behind a handle.
  package func value(of handle: String) -> [UInt8]? {
    entries[handle].map { Array($0.secret.revealed.utf8) }
  }

  /// Whether the handle was given to this plugin.
  package func isHeld(_ handle: String, by plugin: String) -> Bool {
    entries[handle]?.owner == plugin
  }

  /// The handle of a value: one value has one handle in the configs of a plugin.
  private mutating func handle(for secret: SecretString, of owner: String) -> String {
    let place = Place(owner: owner, value: secret.revealed)
    if let handle = handles[place] { return handle }
    let random = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    let handle = "secret:" + random.0.hexadecimal + random.1.hexadecimal
    entries[handle] = Entry(secret: secret, owner: owner)
    handles[place] = handle
    return handle
  }

  /// A plugin's config as the plugin gets it: strings at the pointers are handles, all other references are resolved.
  ///
  /// - Parameters:
  ///   - pointers: JSON pointers of the schema's secrets; `*` stands for every element or member.
  ///   - plugin: the name of the plugin, which alone may use the handles.
  package mutating func conceal(
    _ config: ConfigurationValue, at pointers: [String], of plugin: String
  ) -> ConfigurationValue {
    var config = config
    for pointer in pointers {
      config = conceal(config, ConfigurationValue.names(in: pointer)[...], of: plugin)
    }
    return config
  }

  private mutating func conceal(
    _ value: ConfigurationValue, _ steps: ArraySlice<String>, of owner: String
  ) -> ConfigurationValue {
    var result = value
    guard let step = steps.first else {
      switch value.content {
      // Two pointers may lead to one place: what is a handle already stays one.
      case .string(let text) where entries[text] == nil:
        result.content = .string(handle(for: SecretString(text), of: owner))
      case .secret(_, let secret): result.content = .string(handle(for: secret, of: owner))
      default: break
      }
      return result
    }
    switch value.content {
    case .object(var members):
      for index in members.indices where step == "*" || members[index].name == step {
        members[index].value = conceal(members[index].value, steps.dropFirst(), of: owner)
      }
      result.content = .object(members)
    case .array(var elements):
      for index in elements.indices where step == "*" || String(index) == step {
        elements[index] = conceal(elements[index], steps.dropFirst(), of: owner)
      }
      result.content = .array(elements)
    default: break
    }
    return result
  }
}
