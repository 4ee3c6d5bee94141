// SPDX-License-Identifier: Apache-2.0

/// A request in the one form that AWS Signature Version 4 signs, whatever its spelling on the wire.
struct CanonicalRequest {
  let bytes: [UInt8]
  /// Names of the fields that are signed, with `;` between them.
  let signedFields: [UInt8]

  /// - Parameters:
  ///   - target: path and query.
  ///   - bodyHash: in hexadecimal digits.
  ///   - isStorage: S3 takes paths as they are; all others take them without dot segments and empty ones, encoded once more.
  init(
    method: ArraySlice<UInt8>, target: ArraySlice<UInt8>,
    fields: [(name: [UInt8], value: [UInt8])], bodyHash: [UInt8], isStorage: Bool
  ) {
    let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    let path = target[..<end]
    let fields = Self.canonical(fields)
    signedFields = Array(fields.map(\.name).joined(separator: [UInt8(ascii: ";")]))
    var bytes = Array(method) + [.lineFeed]
    bytes += isStorage ? Array(path) : Self.canonicalPath(path)
    bytes.append(.lineFeed)
    bytes += Self.canonicalQuery(target[end...].dropFirst())
    bytes.append(.lineFeed)
    for field in fields {
      bytes += field.name + [UInt8(ascii: ":")] + field.value + [.lineFeed]
    }
    bytes.append(.lineFeed)
    bytes += signedFields + [.lineFeed] + bodyHash
    self.bytes = bytes
  }

  private static func canonicalPath(_ path: ArraySlice<UInt8>) -> [UInt8] {
    var segments: [ArraySlice<UInt8>] = []
    for segment in path.split(separator: UInt8(ascii: "/")) {
      switch String(decoding: segment, as: UTF8.self) {
      case ".": break
      case "..": _ = segments.popLast()
      default: segments.append(segment)
      }
    }
    let joined = [UInt8(ascii: "/")] + segments.joined(separator: [UInt8(ascii: "/")])
    let isFolder = path.last == UInt8(ascii: "/") && !segments.isEmpty
    return (isFolder ? joined + [UInt8(ascii: "/")] : joined).percentEncoded(keeping: "/".utf8)
  }

  /// Parameters by name and then by value, each encoded in the one way.
  private static func canonicalQuery(_ query: ArraySlice<UInt8>) -> [UInt8] {
    let parameters = query.split(separator: UInt8(ascii: "&")).map { parameter in
      let end = parameter.firstIndex(of: UInt8(ascii: "=")) ?? parameter.endIndex
      return (
        name: parameter[..<end].percentDecoded.percentEncoded(),
        value: parameter[end...].dropFirst().percentDecoded.percentEncoded()
      )
    }
    return Array(
      parameters.sorted {
        $0.name == $1.name
          ? $0.value.lexicographicallyPrecedes($1.value)
          : $0.name.lexicographicallyPrecedes($1.name)
      }.map { $0.name + [UInt8(ascii: "=")] + $0.value }
        .joined(separator: [UInt8(ascii: "&")]))
  }

  /// Names in lower case and in order, one line for each: values of one name with commas between them, without white space
  /// at their ends and with one space where there is some.
  private static func canonical(
    _ fields: [(name: [UInt8], value: [UInt8])]
  ) -> [(name: [UInt8], value: [UInt8])] {
    var lines: [(name: [UInt8], value: [UInt8])] = []
    for field in fields {
      let name = field.name.map(\.lowercased)
      let value = Array(
        field.value.split { $0 == 0x20 || $0 == 0x09 }.joined(separator: [0x20]))
      if let index = lines.firstIndex(where: { $0.name == name }) {
        lines[index].value += [UInt8(ascii: ",")] + value
      } else {
        lines.append((name, value))
      }
    }
    return lines.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }
}

extension UInt8 {
  static let lineFeed: UInt8 = 0x0A

  var lowercased: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
  }
}
