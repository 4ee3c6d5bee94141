// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages

/// A message of the protocol as one line of text, in the notation of protobuf's text format: for the comments of
/// transcripts. Fields with their default value are not shown.
package struct MessageText {
  private let message: UnsafeMutablePointer<ProtobufCMessage>

  package init(_ message: UnsafeMutablePointer<ProtobufCMessage>) { self.message = message }

  package var text: String {
    let descriptor = message.pointee.descriptor.pointee
    var parts: [String] = []
    for index in 0..<Int(descriptor.n_fields) {
      parts += texts(of: descriptor.fields[index])
    }
    return parts.joined(separator: " ")
  }

  private func texts(of field: ProtobufCFieldDescriptor) -> [String] {
    let start = UnsafeRawPointer(message)
    let name = String(cString: field.name)
    let member = start + Int(field.offset)
    if field.label == PROTOBUF_C_LABEL_REPEATED {
      let count = start.loadUnaligned(fromByteOffset: Int(field.quantifier_offset), as: Int.self)
      guard count > 0, let items = member.load(as: UnsafeRawPointer?.self) else { return [] }
      return (0..<count).compactMap { index in
        value(field, items + index * size(field), isListed: true).map { label(name, $0, field) }
      }
    }
    let isChoice = field.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
    if isChoice {
      let choice = start.load(fromByteOffset: Int(field.quantifier_offset), as: UInt32.self)
      guard choice == field.id else { return [] }
    }
    return value(field, member, isListed: isChoice).map { [label(name, $0, field)] } ?? []
  }

  private func label(_ name: String, _ value: String, _ field: ProtobufCFieldDescriptor) -> String {
    field.type == PROTOBUF_C_TYPE_MESSAGE ? "\(name) {\(value)}" : "\(name): \(value)"
  }

  private func size(_ field: ProtobufCFieldDescriptor) -> Int {
    switch field.type {
    case PROTOBUF_C_TYPE_BYTES: MemoryLayout<ProtobufCBinaryData>.stride
    case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_ENUM,
      PROTOBUF_C_TYPE_BOOL:
      4
    default: 8
    }
  }

  /// Nil: the default, which is not listed outside of lists and choices.
  private func value(
    _ field: ProtobufCFieldDescriptor, _ member: UnsafeRawPointer, isListed: Bool
  ) -> String? {
    func number(_ value: some BinaryInteger) -> String? {
      value == 0 && !isListed ? nil : "\(value)"
    }
    switch field.type {
    case PROTOBUF_C_TYPE_UINT32: return number(member.load(as: UInt32.self))
    case PROTOBUF_C_TYPE_INT32: return number(member.load(as: Int32.self))
    case PROTOBUF_C_TYPE_UINT64: return number(member.load(as: UInt64.self))
    case PROTOBUF_C_TYPE_INT64: return number(member.load(as: Int64.self))
    case PROTOBUF_C_TYPE_DOUBLE: return "\(member.load(as: Double.self))"
    case PROTOBUF_C_TYPE_BOOL: return member.load(as: Int32.self) == 0 ? nil : "true"
    case PROTOBUF_C_TYPE_ENUM: return name(field, member.load(as: Int32.self), isListed)
    case PROTOBUF_C_TYPE_STRING:
      let text = member.load(as: UnsafePointer<CChar>?.self).map { String(cString: $0) } ?? ""
      return text.isEmpty && !isListed ? nil : quoted(text.utf8)
    case PROTOBUF_C_TYPE_BYTES:
      let bytes = member.load(as: ProtobufCBinaryData.self)
      let view = UnsafeRawBufferPointer(start: bytes.data, count: bytes.len)
      return view.isEmpty && !isListed ? nil : quoted(view)
    case PROTOBUF_C_TYPE_MESSAGE:
      return member.load(as: UnsafeMutablePointer<ProtobufCMessage>?.self)
        .map { MessageText($0).text }
    default: return nil
    }
  }

  private func name(
    _ field: ProtobufCFieldDescriptor, _ value: Int32, _ isListed: Bool
  ) -> String? {
    guard value != 0 || isListed else { return nil }
    let descriptor = field.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
    let known = protobuf_c_enum_descriptor_get_value(descriptor, value)
    return known.map { String(cString: $0.pointee.name) } ?? "\(value)"
  }

  private func quoted(_ bytes: some Sequence<UInt8>) -> String {
    var text = "\""
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7F: text += String(UnicodeScalar(byte))
      default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return text + "\""
  }
}
