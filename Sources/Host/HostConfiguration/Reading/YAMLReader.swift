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
    case .reader(let problem, let offset, _, let yaml):
      ConfigurationError(
        Place(), "not YAML: \(problem)",
        line: 1 + yaml.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") })
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
      case .scalar(let scalar):
        return ConfigurationValue(self.scalar(scalar, place, line: line), line: line)
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
      var names: Set<String> = []
      var merged: [ConfigurationValue] = []
      for (key, value) in mapping {
        guard let scalar = key.scalar else {
          errors.append(
            ConfigurationError(place, "a field's name must be a string", line: key.mark?.line ?? 0))
          continue
        }
        if scalar.string == "<<", scalar.style == .plain {
          merged.append(convert(value, place["<<"], depth: depth + 1))
          continue
        }
        guard names.insert(scalar.string).inserted else {
          errors.append(
            ConfigurationError(
              place[scalar.string], "field occurs twice", line: key.mark?.line ?? 0))
          continue
        }
        let converted = convert(value, place[scalar.string], depth: depth + 1)
        members.append(ConfigurationValue.Member(name: scalar.string, value: converted))
      }
      for value in merged { merge(value, into: &members, &names, place["<<"]) }
      return members
    }

    /// YAML's merge key: what the object says itself goes before what it takes over.
    private mutating func merge(
      _ value: ConfigurationValue, into members: inout [ConfigurationValue.Member],
      _ names: inout Set<String>, _ place: Place
    ) {
      for source in value.elements ?? [value] {
        guard let taken = source.members else {
          errors.append(
            ConfigurationError(
              place, "expected a record, or an array of records, to merge", line: value.line))
          continue
        }
        members += taken.filter { names.insert($0.name).inserted }
      }
    }

    private mutating func scalar(
      _ scalar: Node.Scalar, _ place: Place, line: Int
    ) -> ConfigurationValue.Content {
      switch Tag.Name(rawValue: scalar.tag.description) {
      case .implicit, .null, .bool, .int, .float: break
      case .str, .nonSpecific: return .string(scalar.string)
      default:
        errors.append(
          ConfigurationError(place, "the tag '\(scalar.tag)' is not supported", line: line))
        return .null
      }
      guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
      switch scalar.string {
      case "", "~", "null", "Null", "NULL": return .null
      case "true", "True", "TRUE": return .bool(true)
      case "false", "False", "FALSE": return .bool(false)
      default:
        return Self.isNumber(scalar.string) ? .number(scalar.string) : .string(scalar.string)
      }
    }

    /// A number as JSON spells it. Every plain value comes by here, so it is no regular expression.
    private static func isNumber(_ text: String) -> Bool {
      var rest = Substring(text).utf8
      func skip(_ bytes: StaticString) -> Bool {
        guard let first = rest.first else { return false }
        let isOne = bytes.withUTF8Buffer { $0.contains(first) }
        if isOne { rest.removeFirst() }
        return isOne
      }
      func skipDigits() -> Int {
        let count = rest.prefix { (0x30...0x39).contains($0) }.count
        rest.removeFirst(count)
        return count
      }
      _ = skip("-")
      if !skip("0"), skipDigits() == 0 { return false }
      if skip("."), skipDigits() == 0 { return false }
      if skip("eE") {
        _ = skip("+-")
        if skipDigits() == 0 { return false }
      }
      return rest.isEmpty
    }
  }
}
