// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import Synchronization

/// One call as it was received: the message, its payload, and what it may show.
///
/// Unchecked: the message is never changed after `init`, the payload never after the call began.
final class ReceivedCall: @unchecked Sendable {
  /// What the message's views lie in.
  private let memory: ByteStorage
  let message: CallMessage
  /// Microseconds on the loop's clock; `.max`: none.
  let deadline: UInt64
  let ordinal: UInt16
  /// The host sends no further call on the stream.
  let endsStream: Bool
  /// The body or piece that is shown.
  fileprivate(set) var payload = Bytes()
  /// Whose call it is. Set before the call begins.
  var callee: Instance?
  /// When all of it was read, in microseconds on the loop's clock.
  var began: UInt64 = 0
  private let misread = Mutex<[String]>([])

  init(
    meta: UnsafeRawBufferPointer, ordinal: UInt16, endsStream: Bool, now: UInt64
  ) throws(ProtocolViolation) {
    memory = ByteStorage(capacity: meta.count)
    memory.memory.copyMemory(from: meta)
    message = try CallMessage(UnsafeRawBufferPointer(memory.memory))
    self.ordinal = ordinal
    self.endsStream = endsStream
    let (deadline, isEndless) = now.addingReportingOverflow(message.budget)
    self.deadline = message.budget == 0 || isEndless ? .max : deadline
  }

  var exchange: UInt64 { message.exchange }
  var generation: UInt64 { message.generation }
  var instance: UInt32 { message.instance }
  var attempt: Int { Int(message.attempt) }
  var phase: Phase? { Phase(rawValue: Int(message.phase)) }
  var bodyLength: UInt64 { message.bodyLength }
  var bodyOffset: UInt64 { message.bodyOffset }
  var isLast: Bool { message.isLast }
  var requestBodyLength: Int { Int(clamping: message.requestBodyLength) }
  var checkpoint: UnsafeRawBufferPointer { message.checkpoint }
  var subscription: Subscription? { callee?.subscription(phase) }

  /// Gives the call its payload, before it begins.
  func complete(with payload: Bytes) { self.payload = payload }

  var request: RequestHeadMessage { message.request }
  var clientAddress: String { text(message.request.clientAddress) }
  var service: String { text(message.request.service) }
  var route: String { text(message.request.route) }
  var receivedAt: UInt64 { message.request.received }
  var hasResponse: Bool { message.response != nil }
  var status: Int { Int(message.response?.status ?? 0) }
  var source: Source { Source(number: message.response?.source ?? 0) }
  var after: Duration { .microseconds(Int64(clamping: message.response?.after ?? 0)) }

  var requestHeaders: ReceivedFields {
    ReceivedFields(owner: self, fields: message.request.headers)
  }

  var responseHeaders: ReceivedFields {
    ReceivedFields(owner: self, fields: message.response?.headers ?? [])
  }

  var captures: ReceivedFields {
    ReceivedFields(owner: self, fields: message.request.captures)
  }

  /// A text of this call's memory.
  func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

  func variable(_ name: String) -> Variable? {
    for variable in message.variables where variable.name.elementsEqual(name.utf8) {
      return Variable(variable)
    }
    if let subscription, !subscription.variables.contains(name) {
      misread.withLock { $0.append("the variable '\(name)'") }
    }
    return nil
  }

  var failedTry: FailedTry {
    let failed = message.failedTry
    return FailedTry(
      number: Int(failed.number), reason: text(failed.reason),
      status: failed.status == 0 ? nil : Int(failed.status), target: text(failed.target))
  }

  /// A field was looked for and is not there: was it asked for?
  func missed(_ name: String) {
    guard let subscription, !subscription.headers.shows(name) else { return }
    misread.withLock { $0.append("the header '\(name)'") }
  }

  /// What was read although the interest does not name it.
  var misreads: [String] { misread.withLock { $0 } }
}

extension HeaderInterest {
  /// Whether the host shows a field of the name, if there is one.
  package func shows(_ name: String) -> Bool {
    let name = name.lowercased()
    let isDelicate = [
      "authorization", "cookie", "proxy-authorization", "set-cookie",
    ].contains(name)
    return names.contains(name) || (!isDelicate && names.contains("*"))
  }
}

/// Header fields in a call's memory.
struct ReceivedFields: Sendable {
  static let none = ReceivedFields(owner: nil, fields: [])

  private let owner: ReceivedCall?
  // Unsafe: they point into the owner's memory.
  private nonisolated(unsafe) let fields: [NamedBytes]

  init(owner: ReceivedCall?, fields: [NamedBytes]) {
    self.owner = owner
    self.fields = fields
  }

  var count: Int { fields.count }
  func name(_ index: Int) -> UnsafeRawBufferPointer { fields[index].name }
  func value(_ index: Int) -> UnsafeRawBufferPointer { fields[index].value }

  /// The first value of a name, without regard to case.
  func first(_ name: String) -> UnsafeRawBufferPointer? {
    for index in 0..<count where self.name(index).isEqualIgnoringCase(to: name) {
      return value(index)
    }
    owner?.missed(name)
    return nil
  }

  /// All values of a name, without regard to case.
  func all(_ name: String) -> [UnsafeRawBufferPointer] {
    let found = (0..<count).filter { self.name($0).isEqualIgnoringCase(to: name) }
    if found.isEmpty { owner?.missed(name) }
    return found.map { value($0) }
  }

  /// The value of exactly this name.
  func exactly(_ name: String) -> UnsafeRawBufferPointer? {
    (0..<count).first { self.name($0).elementsEqual(name.utf8) }.map { value($0) }
  }
}

extension UnsafeRawBufferPointer {
  static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

  func isEqualIgnoringCase(to text: String) -> Bool {
    guard count == text.utf8.count else { return false }
    var index = 0
    for byte in text.utf8 {
      let own = self[index]
      if own != byte, own.lowercasedASCII != byte.lowercasedASCII { return false }
      index += 1
    }
    return true
  }
}

extension String {
  /// A string of a message; an absent one is empty.
  init(_ pointer: UnsafeMutablePointer<CChar>?) {
    self = pointer.map { String(cString: $0) } ?? ""
  }
}
