// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import Glibc
import HostHTTP
import HostPools
import NIOCore
import PluginProtocol

extension HeaderEdits {
  /// Applies an edit of a reply. The edit is refused, and its call with it, when it is not one that a plugin may make.
  mutating func apply(
    _ edit: Patchbay__Plugin__V1__HeaderEdit, to fields: HeaderFields
  ) throws {
    let name = edit.name.view
    let value: Value
    if edit.source_case == PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_SECRET {
      guard let handle = String(field: edit.secret) else { throw ProtocolViolation.badText }
      value = .secret(handle)
    } else if edit.source_case == PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_VALUE {
      value = .bytes(edit.value.view)
    } else {
      value = .bytes(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    switch edit.action {
    case PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__ADD: try add(name, value)
    case PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__REMOVE: try remove(name)
    case PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__SET_IF_ABSENT:
      try setIfAbsent(name, value, in: fields)
    default: try set(name, value)
    }
  }
}

extension QueryEdit {
  init(_ edit: Patchbay__Plugin__V1__QueryEdit) throws {
    name = Array(edit.name.view)
    onlyIfAbsent = edit.if_absent != 0
    switch edit.source_case {
    case PATCHBAY__PLUGIN__V1__QUERY_EDIT__SOURCE_VALUE: value = .bytes(Array(edit.value.view))
    case PATCHBAY__PLUGIN__V1__QUERY_EDIT__SOURCE_SECRET:
      guard let handle = String(field: edit.secret) else { throw ProtocolViolation.badText }
      value = .secret(handle)
    default: value = .remove
    }
  }
}

extension Origin {
  /// Nil: not an address that requests can go to.
  init?(_ target: Patchbay__Plugin__V1__Target) {
    guard let scheme = String(field: target.scheme), let host = String(field: target.host),
      scheme == "http" || scheme == "https", !host.isEmpty, target.port <= 65535,
      host.utf8.allSatisfy({ $0.isTarget && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") })
    else { return nil }
    let isSecure = scheme == "https"
    let standard = isSecure ? 443 : 80
    self.init(
      isSecure: isSecure, host: host, port: target.port == 0 ? standard : Int(target.port))
  }
}

extension NamedValue {
  init(_ variable: Patchbay__Plugin__V1__Variable) throws {
    name = try Self.bytes(variable.name)
    switch variable.value_case {
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_TEXT: value = .text(try Self.bytes(variable.text))
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_INTEGER: value = .integer(variable.integer)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_NUMBER: value = .number(variable.number)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_BOOLEAN: value = .boolean(variable.boolean != 0)
    default: value = .json(Array(variable.json.view))
    }
  }

  private static func bytes(_ field: UnsafeMutablePointer<CChar>?) throws -> [UInt8] {
    Array(try UnsafeRawBufferPointer(textField: field))
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a `string` field; throws when they are not UTF-8, which protobuf-c does not check.
  init(textField field: UnsafeMutablePointer<CChar>?) throws {
    self.init(start: field, count: field.map { strlen($0) } ?? 0)
    do {
      let bytes = bindMemory(to: UInt8.self)
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw ProtocolViolation.badText
    }
  }
}

extension ErrorTemplate {
  init?(_ template: Patchbay__Plugin__V1__ErrorTemplate) {
    guard let type = String(field: template.content_type),
      type.utf8.allSatisfy(\.isFieldValue)
    else { return nil }
    contentType = Array(type.utf8)
    body = Array(template.body.view)
    event = Array(template.event.view)
  }
}

extension ExchangeFacts {
  /// Bytes of all variables.
  var variableBytes: Int { variables.reduce(0) { $0 + $1.byteCount } }

  /// Sets a variable; the newest value of a name counts.
  mutating func set(_ variable: NamedValue) {
    if let index = variables.firstIndex(where: { $0.name == variable.name }) {
      variables[index] = variable
    } else {
      variables.append(variable)
    }
  }
}
