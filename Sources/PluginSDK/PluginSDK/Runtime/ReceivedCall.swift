// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import Synchronization

/// One call as it was received: the decoded message, its payload, and what it may show.
///
/// Unchecked: the message is never changed after `init`, the payload never after the call began.
final class ReceivedCall: @unchecked Sendable {
  private let arena: MessageArena
  private let message: UnsafeMutablePointer<Patchbay__Plugin__V1__Call>
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

  /// - Returns: Nil when the bytes are no such message.
  init?(
    meta: UnsafeRawBufferPointer, arena: MessageArena, ordinal: UInt16, endsStream: Bool,
    now: UInt64
  ) {
    let decoded = arena.decode(meta) { patchbay__plugin__v1__call__unpack($0, $1, $2) }
    guard let decoded else { return nil }
    self.arena = arena
    self.message = decoded
    self.ordinal = ordinal
    self.endsStream = endsStream
    let budget = decoded.pointee.budget_us
    let (deadline, isEndless) = now.addingReportingOverflow(budget)
    self.deadline = budget == 0 || isEndless ? .max : deadline
  }

  var exchange: UInt64 { message.pointee.exchange }
  var generation: UInt64 { message.pointee.generation }
  var instance: UInt32 { message.pointee.instance }
  var attempt: Int { Int(message.pointee.attempt) }
  var phase: Phase? { Phase(rawValue: Int(message.pointee.phase.rawValue)) }
  var bodyLength: UInt64 { message.pointee.body_length }
  var bodyOffset: UInt64 { message.pointee.body_offset }
  var isLast: Bool { message.pointee.last != 0 }
  var requestBodyLength: Int { Int(clamping: message.pointee.request_body_length) }
  var checkpoint: UnsafeRawBufferPointer { message.pointee.checkpoint.view }

  var subscription: Subscription? { callee?.subscription(phase) }

  /// Gives the call its payload, before it begins.
  func complete(with payload: Bytes) { self.payload = payload }

  private var request: Patchbay__Plugin__V1__RequestHead? { message.pointee.request?.pointee }
  private var response: Patchbay__Plugin__V1__ResponseHead? { message.pointee.response?.pointee }

  var method: UnsafeRawBufferPointer { request?.method.view ?? .init(start: nil, count: 0) }
  var scheme: UnsafeRawBufferPointer { request?.scheme.view ?? .init(start: nil, count: 0) }
  var authority: UnsafeRawBufferPointer { request?.authority.view ?? .init(start: nil, count: 0) }
  var path: UnsafeRawBufferPointer { request?.path.view ?? .init(start: nil, count: 0) }
  var clientAddress: String { String(request?.client_address) }
  var service: String { String(request?.service) }
  var route: String { String(request?.route) }
  var receivedAt: UInt64 { request?.received_us ?? 0 }
  var hasResponse: Bool { message.pointee.response != nil }
  var status: Int { Int(response?.status ?? 0) }
  var source: Source { Source(response?.source) }
  var after: Duration { .microseconds(Int64(clamping: response?.after_us ?? 0)) }

  var requestHeaders: ReceivedFields {
    ReceivedFields(owner: self, fields: request?.headers, count: request?.n_headers ?? 0)
  }

  var responseHeaders: ReceivedFields {
    ReceivedFields(owner: self, fields: response?.headers, count: response?.n_headers ?? 0)
  }

  var captures: ReceivedFields {
    ReceivedFields(owner: self, fields: request?.captures, count: request?.n_captures ?? 0)
  }

  /// A text of this call's memory.
  func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

  func variable(_ name: String) -> Variable? {
    for index in 0..<message.pointee.n_variables {
      guard let variable = message.pointee.variables[index]?.pointee else { continue }
      if String(variable.name) == name { return Variable(variable) }
    }
    if let subscription, !subscription.variables.contains(name) {
      misread.withLock { $0.append("the variable '\(name)'") }
    }
    return nil
  }

  var failedTry: FailedTry {
    guard let failed = message.pointee.failed_try?.pointee else {
      return FailedTry(number: 0, reason: "", status: nil, target: "")
    }
    return FailedTry(
      number: Int(failed.number), reason: String(failed.reason),
      status: failed.status == 0 ? nil : Int(failed.status), target: String(failed.target))
  }

  /// Valid as long as the call.
  var summaryMessage: UnsafeMutablePointer<Patchbay__Plugin__V1__Summary>? {
    message.pointee.summary
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
  static let none = ReceivedFields(owner: nil, fields: nil, count: 0)

  private let owner: ReceivedCall?
  // Unsafe: it points into the owner's memory.
  private nonisolated(unsafe) let fields:
    UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__Header>?>?
  let count: Int

  init(
    owner: ReceivedCall?,
    fields: UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__Header>?>?, count: Int
  ) {
    self.owner = owner
    self.fields = fields
    self.count = fields == nil ? 0 : count
  }

  func name(_ index: Int) -> UnsafeRawBufferPointer { header(index)?.name.view ?? .empty }
  func value(_ index: Int) -> UnsafeRawBufferPointer { header(index)?.value.view ?? .empty }

  private func header(_ index: Int) -> Patchbay__Plugin__V1__Header? { fields?[index]?.pointee }

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
