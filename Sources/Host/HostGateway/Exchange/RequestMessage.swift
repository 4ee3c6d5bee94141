// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostHTTP
import NIOCore
import PluginProtocol

// What calls show of the request's head. Most of it is the same in all of them, and is encoded once.
extension Exchange {
  /// Gives the call its `request`: encoded already, so that it goes in as protobuf-c has it of fields that it does not know.
  func showRequest(
    in call: UnsafeMutablePointer<Patchbay__Plugin__V1__Call>, _ selection: HeaderSelection,
    concealing concealed: Concealment
  ) {
    let arena = worker.arena
    if encodedRequest.isEmpty { encodedRequest = encodeRequest(concealing: Concealment()) }
    let isOther = concealed.hidesParameters && request.head.hasQuery
    let head = isOther ? encodeRequest(concealing: concealed) : encodedRequest
    // The rest of the same message: fields may come in any order.
    let rest = arena.make { patchbay__plugin__v1__request_head__init($0) }
    (rest.pointee.headers, rest.pointee.n_headers) = arena.headers(
      selection, request.head.fields, request.edits, concealing: concealed)
    let restSize = rest.pointee.n_headers > 0 ? packedSize(rest) : 0
    let data = arena.array(of: UInt8.self, count: Self.lengthLimit + head.count + restSize)
    var size = Self.write(length: head.count + restSize, to: data)
    head.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        UnsafeMutableRawPointer(data + size).copyMemory(from: start, byteCount: bytes.count)
      }
    }
    size += head.count
    if restSize > 0 { pack(rest, to: data + size) }
    let field = arena.array(of: ProtobufCMessageUnknownField.self, count: 1)
    field.initialize(
      to: ProtobufCMessageUnknownField(
        tag: Self.requestField, wire_type: PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        len: size + restSize, data: data))
    call.pointee.base.unknown_fields = field
    call.pointee.base.n_unknown_fields = 1
  }

  /// The number of `Call.request`.
  private static let requestField: UInt32 = {
    let field = withUnsafePointer(to: patchbay__plugin__v1__call__descriptor) {
      protobuf_c_message_descriptor_get_field_by_name($0, "request")
    }
    guard let field else { preconditionFailure("a call has a request") }
    return field.pointee.id
  }()

  /// Bytes that a length takes at most.
  private static let lengthLimit = 10

  /// Writes a length as protobuf does, seven bits a byte; answers with how many bytes it takes.
  private static func write(length: Int, to start: UnsafeMutablePointer<UInt8>) -> Int {
    var (rest, count) = (length, 0)
    while rest > 0x7F {
      start[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      rest >>= 7
      count += 1
    }
    start[count] = UInt8(rest)
    return count + 1
  }

  /// The head without its fields.
  private func encodeRequest(concealing concealed: Concealment) -> [UInt8] {
    let arena = worker.arena
    let message = arena.make { patchbay__plugin__v1__request_head__init($0) }
    let head = request.head
    // As the client sent them, whatever plugins made of them for the upstream.
    message.pointee.method = head.withMethod { arena.bytes($0) }
    message.pointee.scheme = arena.bytes(static: request.isSecure ? "https" : "http")
    message.pointee.authority = head.withAuthority { arena.bytes($0) }
    message.pointee.path = head.withTarget { target in
      concealed.hidesParameters
        ? concealed.target(target).withUnsafeBytes { arena.bytes($0) } : arena.bytes(target)
    }
    if let captures = request.route?.captures, !captures.isEmpty {
      (message.pointee.captures, message.pointee.n_captures) = arena.headers(captures)
    }
    message.pointee.client_address = arena.string(request.clientAddress)
    if let destination {
      message.pointee.service = arena.string(destination.serviceName)
      message.pointee.route = arena.string(destination.routeName)
    }
    message.pointee.received_us = times.received
    let size = packedSize(message)
    return [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
      if let start = bytes.baseAddress { pack(message, to: start) }
      count = size
    }
  }
}
