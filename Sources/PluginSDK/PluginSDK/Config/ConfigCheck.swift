// SPDX-License-Identifier: Apache-2.0

/// A check that spans several fields of a record. Fields are named by dotted paths: `auth.header_name`.
public struct ConfigCheck: Sendable {
  /// Whether it says something useful about a record that has errors of its own.
  let onlyWhenValid: Bool
  let diagnose: @Sendable (JSONValue) -> [ConfigDiagnostic]

  /// At least one of the fields has a value that is not empty.
  public static func atLeastOneOf(_ fields: String...) -> ConfigCheck {
    presence { record in
      fields.contains { isSet($0, record) }
        ? nil : "at least one of these fields must be non-empty: \(quoted(fields))"
    }
  }

  /// Exactly one of the fields has a value that is not empty.
  public static func onlyOneOf(_ fields: String...) -> ConfigCheck {
    presence { record in
      fields.count { isSet($0, record) } == 1
        ? nil : "only one of these fields must be non-empty: \(quoted(fields))"
    }
  }

  /// All of the fields have values, or none has.
  public static func mutuallyRequired(_ fields: String...) -> ConfigCheck {
    presence { record in
      [0, fields.count].contains(fields.count { isSet($0, record) })
        ? nil : "all or none of these fields must be set: \(quoted(fields))"
    }
  }

  /// No two of the fields have the same value.
  public static func distinct(_ fields: String...) -> ConfigCheck {
    presence { record in
      let values = fields.compactMap { value($0, record) }.filter { !$0.isNull }
      let repeated = values.indices.contains { values[..<$0].contains(values[$0]) }
      return repeated ? "values of these fields must be distinct: \(quoted(fields))" : nil
    }
  }

  /// When a field's value is like this, another field must obey a type: its rules, and whether it is
  /// required.
  public static func conditional(
    if field: String, is condition: @escaping @Sendable (JSONValue) -> Bool,
    then other: String, must type: ConfigType
  ) -> ConfigCheck {
    ConfigCheck(onlyWhenValid: true) { record in
      guard condition(value(field, record) ?? .null) else { return [] }
      var validation = ConfigValidation(pointer: pointer(other))
      _ = validation.complete(value(other, record), as: type)
      guard !validation.diagnostics.isEmpty else { return [] }
      return validation.diagnostics + [
        ConfigDiagnostic("", "failed conditional validation given value of field '\(field)'")
      ]
    }
  }

  /// A check of the plugin's own, over the record with its defaults filled in.
  ///
  /// Pointers of the diagnostics start at the record. It runs when the fields alone are right.
  public static func custom(
    _ body: @escaping @Sendable (JSONValue) -> [ConfigDiagnostic]
  ) -> ConfigCheck {
    ConfigCheck(onlyWhenValid: true, diagnose: body)
  }

  private static func presence(
    _ body: @escaping @Sendable (JSONValue) -> String?
  ) -> ConfigCheck {
    ConfigCheck(onlyWhenValid: false) { record in
      body(record).map { [ConfigDiagnostic("", $0)] } ?? []
    }
  }

  private static func value(_ path: String, _ record: JSONValue) -> JSONValue? {
    record.at(pointer(path))
  }

  private static func isSet(_ path: String, _ record: JSONValue) -> Bool {
    !(value(path, record)?.isEmpty ?? true)
  }

  private static func pointer(_ path: String) -> String {
    path.split(separator: ".").map { "/" + JSONPointer.escape($0) }.joined()
  }

  private static func quoted(_ fields: [String]) -> String {
    fields.map { "'\($0)'" }.joined(separator: ", ")
  }
}
