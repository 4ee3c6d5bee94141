// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

// The numbers are those of the fields in `proto/`. All bytes are views of the memory that was read.

/// `patchbay.plugin.v1.Call`.
struct CallMessage {
  private(set) var exchange: UInt64 = 0
  private(set) var generation: UInt64 = 0
  private(set) var instance: UInt32 = 0
  private(set) var phase: UInt32 = 0
  private(set) var attempt: UInt32 = 0
  /// Microseconds; 0: no deadline.
  private(set) var budget: UInt64 = 0
  private(set) var checkpoint = UnsafeRawBufferPointer.empty
  private(set) var request = RequestHeadMessage()
  private(set) var response: ResponseHeadMessage?
  private(set) var variables: [VariableMessage] = []
  private(set) var bodyLength: UInt64 = 0
  private(set) var bodyOffset: UInt64 = 0
  private(set) var isLast = false
  private(set) var failedTry = FailedTryMessage()
  private(set) var summary = SummaryMessage()
  private(set) var requestBodyLength: UInt64 = 0

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: exchange = try field.integer()
      case 2: generation = try field.integer()
      case 4: instance = try field.small()
      case 5: phase = try field.small()
      case 6: attempt = try field.small()
      case 7: budget = try field.integer()
      case 8: checkpoint = try field.bytes()
      case 9: request = try RequestHeadMessage(field.bytes())
      case 10: response = try ResponseHeadMessage(field.bytes())
      case 11: variables.append(try VariableMessage(field.bytes()))
      case 12: bodyLength = try field.integer()
      case 13: bodyOffset = try field.integer()
      case 14: isLast = try field.flag()
      case 15: failedTry = try FailedTryMessage(field.bytes())
      case 16: summary = try SummaryMessage(field.bytes())
      case 17: requestBodyLength = try field.integer()
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.RequestHead`.
struct RequestHeadMessage {
  private(set) var method = UnsafeRawBufferPointer.empty
  private(set) var scheme = UnsafeRawBufferPointer.empty
  private(set) var authority = UnsafeRawBufferPointer.empty
  private(set) var path = UnsafeRawBufferPointer.empty
  private(set) var headers: [NamedBytes] = []
  private(set) var captures: [NamedBytes] = []
  private(set) var clientAddress = UnsafeRawBufferPointer.empty
  private(set) var service = UnsafeRawBufferPointer.empty
  private(set) var route = UnsafeRawBufferPointer.empty
  /// Microseconds since 1970.
  private(set) var received: UInt64 = 0

  init() {}

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: method = try field.bytes()
      case 2: scheme = try field.bytes()
      case 3: authority = try field.bytes()
      case 4: path = try field.bytes()
      case 5: headers.append(try NamedBytes(field.bytes()))
      case 6: captures.append(try NamedBytes(field.bytes()))
      case 7: clientAddress = try field.bytes()
      case 8: service = try field.bytes()
      case 9: route = try field.bytes()
      case 10: received = try field.integer()
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.ResponseHead`.
struct ResponseHeadMessage {
  private(set) var status: UInt32 = 0
  private(set) var headers: [NamedBytes] = []
  /// Microseconds since the request's head.
  private(set) var after: UInt64 = 0
  private(set) var source: UInt32 = 0

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: status = try field.small()
      case 2: headers.append(try NamedBytes(field.bytes()))
      case 3: after = try field.integer()
      case 4: source = try field.small()
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.Header`, and `LogField`: a name, or path, and what stands there.
struct NamedBytes {
  private(set) var name = UnsafeRawBufferPointer.empty
  private(set) var value = UnsafeRawBufferPointer.empty

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.bytes()
      case 2: value = try field.bytes()
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.Variable`.
struct VariableMessage {
  enum Value {
    case text(UnsafeRawBufferPointer)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case json(UnsafeRawBufferPointer)
  }

  private(set) var name = UnsafeRawBufferPointer.empty
  /// Nil: of a type that is not known.
  private(set) var value: Value?

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.bytes()
      case 2: value = .text(try field.bytes())
      case 3: value = .integer(Int64(bitPattern: try field.integer()))
      case 4: value = .number(try field.double())
      case 5: value = .boolean(try field.flag())
      case 6: value = .json(try field.bytes())
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.FailedTry`.
struct FailedTryMessage {
  private(set) var number: UInt32 = 0
  private(set) var reason = UnsafeRawBufferPointer.empty
  private(set) var status: UInt32 = 0
  private(set) var target = UnsafeRawBufferPointer.empty

  init() {}

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: number = try field.small()
      case 2: reason = try field.bytes()
      case 3: status = try field.small()
      case 4: target = try field.bytes()
      default: break
      }
    }
  }
}
