// SPDX-License-Identifier: Apache-2.0

import Yams

/// Reads YAML 1.2, of which JSON is a part, into values with their lines.
///
/// Plain `on`, `yes` and the like are strings, as everybody who did not read YAML 1.1 expects. A name that occurs twice in
/// an object is an error: silently, one of them would win.
enum YAMLReader {
  /// Nested values, and values at all: what is beyond is no configuration but an attack on who reads it.
  private static let depthLimit = 64
  private static let countLimit = 500_000

  static func parse(
    _ text: String
  ) throws(ConfigurationError) -> (value: ConfigurationValue, errors: [ConfigurationError]) {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw invalid(error)
    } catch {
      throw ConfigurationError(Place(), "not YAML: \(error)")
    }
    guard let node else { throw ConfigurationError(Place(), "the configuration is empty") }
    var conversion = Conversion()
    let value = conversion.convert(node, Place(), depth: 0)
    return (value, conversion.errors)
  }

  private static func invalid(_ error: YamlError) -> ConfigurationError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      ConfigurationError(Place(), "not YAML: \(problem)", line: mark.line)
    case .duplicatedKeysInMapping(let keys, let context):
      ConfigurationError(
        Place(), "field occurs twice: \(keys.joined(separator: ", "))",
        line: context.mark.line)
    default: ConfigurationError(Place(), "not YAML: \(error)")
    }
  }

  private struct Conversion {
    var errors: [ConfigurationError] = []
    private var count = 0

    mutating func convert(_ node: Node, _ place: Place, depth: Int) -> ConfigurationValue {
      let line = node.mark?.line ?? 0
      count += 1
      guard depth < depthLimit, count < countLimit else {
        if count <= countLimit {
          errors.append(ConfigurationError(place, "nested too deeply or too large", line: line))
          count = countLimit
        }
        return ConfigurationValue(.null, line: line)
      }
      switch node {
      case .scalar(let scalar): return ConfigurationValue(Self.scalar(scalar), line: line)
      case .sequence(let sequence):
        let elements = sequence.enumerated().map {
          convert($1, place[$0], depth: depth + 1)
        }
        return ConfigurationValue(.array(elements), line: line)
      case .mapping(let mapping):
        return ConfigurationValue(
          .object(members(mapping, place, depth: depth)), line: line)
      case .alias:
        errors.append(ConfigurationError(place, "an alias without an anchor", line: line))
        return ConfigurationValue(.null, line: line)
      }
    }

    private mutating func members(
      _ mapping: Node.Mapping, _ place: Place, depth: Int
    ) -> [ConfigurationValue.Member] {
      var members: [ConfigurationValue.Member] = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          errors.append(
            ConfigurationError(place, "a field's name must be a string", line: key.mark?.line ?? 0))
          continue
        }
        if members.contains(where: { $0.name == name }) {
          errors.append(
            ConfigurationError(place[name], "field occurs twice", line: key.mark?.line ?? 0))
          continue
        }
        let converted = convert(value, place[name], depth: depth + 1)
        members.append(ConfigurationValue.Member(name: name, value: converted))
      }
      return members
    }

    private static func scalar(_ scalar: Node.Scalar) -> ConfigurationValue.Content {
      guard scalar.style == .plain || scalar.style == .any, scalar.tag.isImplied else {
        return .string(scalar.string)
      }
      switch scalar.string {
      case "", "~", "null", "Null", "NULL": return .null
      case "true", "True", "TRUE": return .bool(true)
      case "false", "False", "FALSE": return .bool(false)
      default:
        return isNumber(scalar.string) ? .number(scalar.string) : .string(scalar.string)
      }
    }

    /// A number as JSON spells it.
    private static func isNumber(_ text: String) -> Bool {
      text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }
  }
}

extension Tag {
  /// Not written by the user.
  fileprivate var isImplied: Bool {
    let written = description
    return written.isEmpty || written == Tag.Name.implicit.rawValue
      || [Tag.Name.str, .int, .float, .bool, .null].contains { $0.rawValue == written }
  }
}
