// SPDX-License-Identifier: Apache-2.0

/// A `{{name}}` of a template: letters, digits and underscores of ASCII, as in Kong.
struct TemplateVariable {
  let name: String
  /// The braces too.
  let range: Range<Int>
  /// Whether it stands inside of a JSON string.
  let isInString: Bool

  /// All of a template, in order.
  static func all(in template: [UInt8]) -> [TemplateVariable] {
    var variables: [TemplateVariable] = []
    var isInString = false
    var position = 0
    while position < template.count {
      switch template[position] {
      case UInt8(ascii: "\""): isInString.toggle()
      case UInt8(ascii: "\\") where isInString:
        // What is escaped is text.
        position += 1
      case UInt8(ascii: "{"):
        guard let end = end(of: template, at: position) else { break }
        let name = String(decoding: template[(position + 2)..<(end - 2)], as: UTF8.self)
        variables.append(
          TemplateVariable(name: name, range: position..<end, isInString: isInString))
        position = end
        continue
      default: break
      }
      position += 1
    }
    return variables
  }

  /// Where the variable ends that begins at an offset, if one does.
  private static func end(of template: [UInt8], at start: Int) -> Int? {
    guard template[start...].starts(with: "{{".utf8) else { return nil }
    let rest = template[(start + 2)...]
    let name = rest.prefix(while: isNameByte)
    guard !name.isEmpty, rest[name.endIndex...].starts(with: "}}".utf8) else { return nil }
    return name.endIndex + 2
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
