// SPDX-License-Identifier: Apache-2.0

extension ConfigurationValue {
  /// The config with `[secret]` for what is a secret by its plugin's schema. References to vaults stay references.
  ///
  /// - Parameter pointers: JSON pointers; `*` stands for every element or member.
  func hiding(_ pointers: [String]) -> ConfigurationValue {
    pointers.reduce(self) { $0.hiding(Self.names(in: $1)[...]) }
  }

  private func hiding(_ steps: ArraySlice<String>) -> ConfigurationValue {
    var result = self
    switch content {
    case .secret: break
    case .object(var members) where !steps.isEmpty:
      for index in members.indices where steps.first == "*" || members[index].name == steps.first {
        members[index].value = members[index].value.hiding(steps.dropFirst())
      }
      result.content = .object(members)
    case .array(let elements) where !steps.isEmpty:
      result.content = .array(
        elements.enumerated().map { index, element in
          steps.first == "*" || steps.first == String(index)
            ? element.hiding(steps.dropFirst()) : element
        })
    case .null: break
    case .string(let text) where steps.isEmpty:
      let secret = SecretString(text)
      result.content = .secret(reference: secret.description, value: secret)
    default: if steps.isEmpty { result.content = .string(SecretString("").description) }
    }
    return result
  }

  /// A declarative file with nothing in it that is a secret: see ``hiding(_:)-(String)``.
  ///
  /// - Parameter secrets: pointers by plugin.
  func hiding(inPlugins secrets: [String: [String]]) -> ConfigurationValue {
    var result = self
    switch content {
    case .array(let elements):
      result.content = .array(elements.map { $0.hiding(inPlugins: secrets) })
    case .object(let members):
      result.content = .object(
        members.map { member in
          var member = member
          if member.name == "plugins", let plugins = member.value.elements {
            member.value.content = .array(plugins.map { $0.hidingConfig(secrets) })
          } else {
            member.value = member.value.hiding(inPlugins: secrets)
          }
          return member
        })
    case .null, .bool, .number, .string, .secret: break
    }
    return result
  }

  /// A declarative file whose credentials and keys do not show themselves. Those in configs of plugins still do: what is
  /// secret there only the plugins can say.
  func hidingCredentials() -> ConfigurationValue {
    var result = self
    switch content {
    case .array(let elements): result.content = .array(elements.map { $0.hidingCredentials() })
    case .object(let members):
      result.content = .object(
        members.map { member in
          var member = member
          if let fields = Self.secretFields(ofEntitiesIn: member.name) {
            member.value = fields.reduce(member.value) { $0.hiding("*", $1) }
          } else if member.name != "config" {
            member.value = member.value.hidingCredentials()
          }
          return member
        })
    case .null, .bool, .number, .string, .secret: break
    }
    return result
  }

  /// The fields of entities that are secrets whatever plugin they are for, by the name of the entities' list.
  private static func secretFields(ofEntitiesIn list: String) -> [String]? {
    if list == "certificates" { return ["key", "key_alt"] }
    return Credential.Kind(rawValue: list)?.secretFields
  }

  private func hiding(_ steps: String...) -> ConfigurationValue { hiding(steps[...]) }

  private func hidingConfig(_ secrets: [String: [String]]) -> ConfigurationValue {
    guard case .object(let members) = content, let pointers = secrets[self["name"]?.text ?? ""]
    else { return self }
    var result = self
    result.content = .object(
      members.map { member in
        var member = member
        if member.name == "config" { member.value = member.value.hiding(pointers) }
        return member
      })
    return result
  }
}
