// SPDX-License-Identifier: Apache-2.0

/// A reference `{vault://env/NAME}` or `{vault://env/NAME/key}`, as Kong writes them.
struct VaultReference {
  /// The variable, in upper case, `-` as `_`.
  let variable: String
  /// A member of the variable's JSON object.
  let key: String?

  /// Why a reference cannot be resolved. Says names, never values.
  struct Unresolved: Error {
    let message: String
  }

  /// Nil: the text is no reference.
  static func parse(_ text: String) throws(Unresolved) -> VaultReference? {
    guard text.hasPrefix("{vault://"), text.hasSuffix("}") else { return nil }
    let path = text.dropFirst("{vault://".count).dropLast()
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts[0] == "env" else {
      throw Unresolved(message: "vault '\(parts[0])' is not known; 'env' is")
    }
    guard !path.contains("?"), !path.contains("#") else {
      throw Unresolved(message: "options and versions of a vault reference are not supported")
    }
    guard (2...3).contains(parts.count), parts.dropFirst().allSatisfy({ !$0.isEmpty }) else {
      throw Unresolved(
        message: "a reference has the form {vault://env/NAME} or {vault://env/NAME/key}")
    }
    let variable = parts[1].uppercased().map { $0 == "-" ? "_" : $0 }
    return VaultReference(
      variable: String(variable), key: parts.count > 2 ? String(parts[2]) : nil)
  }

  /// What it stands for.
  func resolve(_ environment: (String) -> String?) throws(Unresolved) -> SecretString {
    guard let value = environment(variable) else {
      throw Unresolved(message: "the environment variable \(variable) is not set")
    }
    guard let key else { return SecretString(value) }
    guard let object = try? YAMLReader.parse(value).value, object.members != nil else {
      throw Unresolved(message: "the environment variable \(variable) is not a JSON object")
    }
    switch object[key]?.content {
    case .string(let text): return SecretString(text)
    case .number(let text): return SecretString(text)
    case nil:
      throw Unresolved(message: "the environment variable \(variable) has no member '\(key)'")
    default:
      throw Unresolved(
        message: "member '\(key)' of the environment variable \(variable) is no string")
    }
  }
}
