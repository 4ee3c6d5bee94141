// SPDX-License-Identifier: Apache-2.0

import Yams

/// Writes values as YAML, with the references of secrets and never their values.
enum YAMLWriter {
  static func text(of value: ConfigurationValue) throws -> String {
    try Yams.serialize(node: node(value), width: -1, allowUnicode: true)
  }

  private static func node(_ value: ConfigurationValue) -> Node {
    switch value.content {
    case .null: Node("null", Tag(.null))
    case .bool(let value): Node(value ? "true" : "false", Tag(.bool))
    case .number(let text): Node(text, Tag(text.allSatisfy(\.isNumber) ? .int : .float))
    case .string(let text): string(text)
    case .secret(let reference, _): string(reference)
    case .array(let elements): Node(elements.map(node), Tag(.seq), .block)
    case .object(let members):
      Node(members.map { (string($0.name), node($0.value)) }, Tag(.map), .block)
    }
  }

  /// In quotes wherever it could be read as something else.
  private static func string(_ text: String) -> Node {
    let isPlain =
      text.wholeMatch(of: /[A-Za-z_\/][A-Za-z0-9_.\/-]*/) != nil
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    return Node(text, Tag(.str), isPlain ? .plain : .doubleQuoted)
  }
}

extension GatewayConfiguration {
  /// What it was read from, as YAML, without the values of secrets.
  ///
  /// - Parameter secrets: by plugin the JSON pointers of the secrets in its config.
  package func yaml(hiding secrets: [String: [String]]) throws -> String {
    try YAMLWriter.text(of: document.hiding(inPlugins: secrets))
  }
}
