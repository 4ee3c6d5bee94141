// SPDX-License-Identifier: Apache-2.0

extension GatewayConfiguration {
  /// The fields of the `patchbay:` block that another configuration may change while the host runs. All others hold until
  /// it is started again: a field that is new is one of those until somebody says otherwise.
  private static let changeable: Set<String> = [
    "limits.request_body", "limits.response_body", "limits.retry_body", "sandbox", "processes",
    "tls",
  ]

  /// The fields of the `patchbay:` block that cannot be what they say, because the host was started with something else.
  /// What the block leaves out stays as it is.
  package func errors(needingRestartSince launched: GatewayConfiguration) -> [ConfigurationError] {
    guard let block = document["patchbay"] else { return [] }
    var errors: [ConfigurationError] = []
    Self.compare(
      block, launched.document["patchbay"], "", Place()["patchbay"], &errors)
    return errors
  }

  private static func compare(
    _ value: ConfigurationValue, _ before: ConfigurationValue?, _ path: String, _ place: Place,
    _ errors: inout [ConfigurationError]
  ) {
    guard !changeable.contains(path) else { return }
    if let members = value.members {
      for member in members {
        let name = path.isEmpty ? member.name : "\(path).\(member.name)"
        compare(member.value, before?[member.name], name, place[member.name], &errors)
      }
    } else if value.content != .null, before.map({ !value.isSame(as: $0) }) ?? true {
      errors.append(
        ConfigurationError(
          place, "cannot be changed while the gateway runs: it needs a restart", line: value.line))
    }
  }
}

extension ConfigurationValue {
  /// Whether both say the same, wherever they stand.
  package func isSame(as other: ConfigurationValue) -> Bool {
    json(revealing: true) == other.json(revealing: true)
  }
}
