// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// `patchbay.plugin.v1.Summary`. All bytes are views of the memory that was read; times are microseconds.
struct SummaryMessage {
  private(set) var status: UInt32 = 0
  private(set) var source: UInt32 = 0
  private(set) var requestBytes: UInt64 = 0
  private(set) var responseBytes: UInt64 = 0
  private(set) var firstByte: UInt64 = 0
  private(set) var total: UInt64 = 0
  private(set) var upstream: UInt64 = 0
  private(set) var plugins: UInt64 = 0
  private(set) var clientAborted = false
  private(set) var truncated = false
  private(set) var calls: [CallOutcomeMessage] = []
  private(set) var logFields: [NamedBytes] = []
  private(set) var upstreamURL = UnsafeRawBufferPointer.empty
  private(set) var tries: UInt32 = 0
  private(set) var requestID = UnsafeRawBufferPointer.empty
  private(set) var requestHeadBytes: UInt64 = 0
  private(set) var responseHeadBytes: UInt64 = 0
  private(set) var serviceJSON = UnsafeRawBufferPointer.empty
  private(set) var routeJSON = UnsafeRawBufferPointer.empty
  private(set) var upstreamStatus: UInt32 = 0
  private(set) var upstreamTries: [UpstreamTryMessage] = []
  private(set) var tlsVersion = UnsafeRawBufferPointer.empty
  private(set) var tlsCipher = UnsafeRawBufferPointer.empty
  private(set) var tlsClientVerify = UnsafeRawBufferPointer.empty
  private(set) var consumerJSON = UnsafeRawBufferPointer.empty
  private(set) var credentialID = UnsafeRawBufferPointer.empty

  init() {}

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: status = try field.small()
      case 2: source = try field.small()
      case 3: requestBytes = try field.integer()
      case 4: responseBytes = try field.integer()
      case 5: firstByte = try field.integer()
      case 6: total = try field.integer()
      case 7: upstream = try field.integer()
      case 8: plugins = try field.integer()
      case 9: clientAborted = try field.flag()
      case 10: truncated = try field.flag()
      case 11: calls.append(try CallOutcomeMessage(field.bytes()))
      case 12: logFields.append(try NamedBytes(field.bytes()))
      case 13: upstreamURL = try field.bytes()
      case 14: tries = try field.small()
      case 15: requestID = try field.bytes()
      case 16: requestHeadBytes = try field.integer()
      case 17: responseHeadBytes = try field.integer()
      case 18: serviceJSON = try field.bytes()
      case 19: routeJSON = try field.bytes()
      case 20: upstreamStatus = try field.small()
      case 21: upstreamTries.append(try UpstreamTryMessage(field.bytes()))
      case 22: tlsVersion = try field.bytes()
      case 23: tlsCipher = try field.bytes()
      case 24: tlsClientVerify = try field.bytes()
      case 25: consumerJSON = try field.bytes()
      case 26: credentialID = try field.bytes()
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.UpstreamTry`.
struct UpstreamTryMessage {
  private(set) var host = UnsafeRawBufferPointer.empty
  private(set) var port: UInt32 = 0
  private(set) var started: UInt64 = 0
  private(set) var connected: UInt64 = 0
  private(set) var error = UnsafeRawBufferPointer.empty
  private(set) var status: UInt32 = 0

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: host = try field.bytes()
      case 2: port = try field.small()
      case 3: started = try field.integer()
      case 4: connected = try field.integer()
      case 5: error = try field.bytes()
      case 6: status = try field.small()
      default: break
      }
    }
  }
}

/// `patchbay.plugin.v1.CallOutcome`.
struct CallOutcomeMessage {
  private(set) var plugin = UnsafeRawBufferPointer.empty
  private(set) var phase: UInt32 = 0
  private(set) var outcome = UnsafeRawBufferPointer.empty
  private(set) var duration: UInt64 = 0

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    var reader = MessageReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: plugin = try field.bytes()
      case 2: phase = try field.small()
      case 3: outcome = try field.bytes()
      case 4: duration = try field.integer()
      default: break
      }
    }
  }
}
