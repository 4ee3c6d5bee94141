// SPDX-License-Identifier: Apache-2.0

/// The secrets of a configuration by the handles that stand for them in plugins.
///
/// A handle is random and says nothing; the value is filled in by the host when bytes leave for an upstream.
package struct SecretTable: Sendable {
  private var values: [String: SecretString] = [:]
  private var handles: [String: String] = [:]

  package init() {}

  /// The value behind a handle.
  package func value(of handle: String) -> [UInt8]? {
    values[handle].map { Array($0.revealed.utf8) }
  }

  /// The handle of a value: one value has one handle in a table.
  mutating func handle(for secret: SecretString) -> String {
    if let handle = handles[secret.revealed] { return handle }
    let random = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    let handle = "secret:" + Self.hexadecimal(random.0) + Self.hexadecimal(random.1)
    values[handle] = secret
    handles[secret.revealed] = handle
    return handle
  }

  private static func hexadecimal(_ value: UInt64) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  /// A plugin's config as the plugin gets it: strings at the pointers are handles, all other references are resolved.
  ///
  /// - Parameter pointers: JSON pointers of the schema's secrets; `*` stands for every element or member.
  package mutating func conceal(
    _ config: ConfigurationValue, at pointers: [String]
  ) -> ConfigurationValue {
    var config = config
    for pointer in pointers {
      let steps = pointer.split(separator: "/").map(String.init)
      config = conceal(config, steps[...])
    }
    return config
  }

  private mutating func conceal(
    _ value: ConfigurationValue, _ steps: ArraySlice<String>
  ) -> ConfigurationValue {
    var result = value
    guard let step = steps.first else {
      switch value.content {
      // Two pointers may lead to one place: what is a handle already stays one.
      case .string(let text) where values[text] == nil:
        result.content = .string(handle(for: SecretString(text)))
      case .secret(_, let secret): result.content = .string(handle(for: secret))
      default: break
      }
      return result
    }
    switch value.content {
    case .object(var members):
      for index in members.indices where step == "*" || members[index].name == step {
        members[index].value = conceal(members[index].value, steps.dropFirst())
      }
      result.content = .object(members)
    case .array(var elements):
      for index in elements.indices where step == "*" || String(index) == step {
        elements[index] = conceal(elements[index], steps.dropFirst())
      }
      result.content = .array(elements)
    default: break
    }
    return result
  }
}
