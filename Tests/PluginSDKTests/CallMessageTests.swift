// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import Testing

@testable import PluginSDK

/// Calls are written by protobuf-c here, as the host writes them.
struct CallMessageTests {
  private static func packed(_ fill: (inout Patchbay__Plugin__V1__Call, MessageArena) -> Void)
    -> [UInt8]
  {
    let arena = MessageArena()
    let call = arena.make { patchbay__plugin__v1__call__init($0) }
    fill(&call.pointee, arena)
    let size = patchbay__plugin__v1__call__get_packed_size(call)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = patchbay__plugin__v1__call__pack(call, buffer.baseAddress)
    }
  }

  private static func list<Message>(
    _ messages: [UnsafeMutablePointer<Message>], _ arena: MessageArena
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?> {
    let list = arena.array(of: UnsafeMutablePointer<Message>?.self, count: messages.count)
    for (index, message) in messages.enumerated() { list[index] = message }
    return list
  }

  private static func header(
    _ name: String, _ value: String, _ arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Header> {
    let header = arena.make { patchbay__plugin__v1__header__init($0) }
    var (name, value) = (name, value)
    header.pointee.name = name.withUTF8 { arena.bytes(UnsafeRawBufferPointer($0)) }
    header.pointee.value = value.withUTF8 { arena.bytes(UnsafeRawBufferPointer($0)) }
    return header
  }

  private static let whole = packed { call, arena in
    call.exchange = .max
    call.generation = 300
    call.instance = .max
    call.phase = PATCHBAY__PLUGIN__V1__PHASE__PHASE_COMPLETE
    call.attempt = 2
    call.budget_us = 1 << 35
    call.body_length = 128
    call.last = 1
    let head = arena.make { patchbay__plugin__v1__request_head__init($0) }
    var path = "/" + String(repeating: "p", count: 300)
    head.pointee.path = path.withUTF8 { arena.bytes(UnsafeRawBufferPointer($0)) }
    head.pointee.headers = list([header("a", "1", arena), header("B", "", arena)], arena)
    head.pointee.n_headers = 2
    head.pointee.route = arena.string("route")
    call.request = head
    let response = arena.make { patchbay__plugin__v1__response_head__init($0) }
    response.pointee.status = 503
    response.pointee.source = PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_HOST
    call.response = response
    let number = arena.make { patchbay__plugin__v1__variable__init($0) }
    number.pointee.name = arena.string("number")
    number.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_NUMBER
    number.pointee.number = -2.5
    let integer = arena.make { patchbay__plugin__v1__variable__init($0) }
    integer.pointee.name = arena.string("integer")
    integer.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_INTEGER
    integer.pointee.integer = -3
    call.variables = list([number, integer], arena)
    call.n_variables = 2
    let summary = arena.make { patchbay__plugin__v1__summary__init($0) }
    summary.pointee.request_id = arena.string("id")
    summary.pointee.truncated = 1
    let outcome = arena.make { patchbay__plugin__v1__call_outcome__init($0) }
    outcome.pointee.phase = PATCHBAY__PLUGIN__V1__PHASE__PHASE_CHUNK
    outcome.pointee.duration_us = 77
    summary.pointee.calls = list([outcome], arena)
    summary.pointee.n_calls = 1
    call.summary = summary
  }

  private func read(_ bytes: [UInt8]) throws -> ReceivedCall {
    try bytes.withUnsafeBytes {
      try ReceivedCall(meta: $0, ordinal: 0, endsStream: false, now: 0)
    }
  }

  @Test func `what the host has written is read`() throws {
    let call = try read(Self.whole)
    #expect(call.exchange == .max && call.generation == 300 && call.instance == .max)
    #expect(call.phase == .complete && call.attempt == 2 && call.deadline == 1 << 35)
    #expect(call.bodyLength == 128 && call.bodyOffset == 0 && call.isLast)
    let head = RequestHead(received: call)
    #expect(head.path.utf8.count == 301 && head.route == "route" && head.method.isEmpty)
    #expect(head.headers.all.map(\.name) == ["a", "B"] && head.headers["A"] == "1")
    #expect(call.hasResponse && call.status == 503 && call.source == .host)
    #expect(call.variable("number") == .number(-2.5) && call.variable("integer") == .integer(-3))
    let summary = Summary(received: call)
    #expect(summary.requestID == "id" && summary.truncated && !summary.clientAborted)
    #expect(summary.calls.map(\.phase) == ["chunk"])
    #expect(summary.calls.map(\.duration) == [.microseconds(77)])
  }

  @Test func `an empty message has the defaults`() throws {
    let call = try read([])
    #expect(call.phase == nil && !call.hasResponse && call.deadline == .max)
    #expect(RequestHead(received: call).headers.all.isEmpty && call.variable("a") == nil)
  }

  @Test func `a message that is cut is refused, unless it ends between two fields`() {
    let whole = Self.whole
    // The lengths of what is in a message are only right for all of it.
    let read = (0..<whole.count).filter { (try? self.read(Array(whole[..<$0]))) != nil }
    let arena = MessageArena()
    let unpacked = (0..<whole.count).filter { count in
      whole.withUnsafeBytes {
        arena.reset()
        return arena.decode(UnsafeRawBufferPointer(rebasing: $0[..<count])) {
          patchbay__plugin__v1__call__unpack($0, $1, $2)
        } != nil
      }
    }
    #expect(read == unpacked)
    #expect(!read.isEmpty && read.count < 20)
  }

  @Test(
    arguments: [
      [0x0A, 0x01, 0x41],  // `exchange` as bytes
      [0x48, 0x01],  // `request` as a number
      [0x08], [0x08] + [UInt8](repeating: 0xFF, count: 11),  // a number that does not end
      [0x4A, 0x7F, 0x00],  // longer than what is there
      // And than there could be.
      [0x4A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      [0x00, 0x00],  // a field without a number
      [0x0B], [0x0C],  // groups
      [0x4A, 0x02, 0x2A, 0x05],  // a header that ends behind its head
    ] as [[UInt8]])
  func `what is no call is refused`(bytes: [UInt8]) {
    #expect(throws: ProtocolViolation.badMessage) { try read(bytes) }
  }

  @Test func `fields that are not known are passed over`() throws {
    let unknown: [UInt8] =
      [0xA0, 0x1F, 0x05] + [0xA1, 0x1F, 1, 2, 3, 4, 5, 6, 7, 8] + [0xA2, 0x1F, 0x02, 0x00, 0x00]
      + [0xA5, 0x1F, 1, 2, 3, 4]
    #expect(try read(unknown + Self.whole).generation == 300)
  }
}
