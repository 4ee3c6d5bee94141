// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostHTTP
import NIOCore
import PluginProtocol

// What a plugin is shown: a call, packed straight from the bytes of the heads.
extension Exchange {
  /// The message of a call, in the worker's arena, and its payload.
  func callMessage(
    _ step: Int, _ phase: Phase, now: UInt64
  ) -> (UnsafeMutablePointer<Patchbay__Plugin__V1__Call>, ByteBuffer) {
    let arena = worker.arena
    let chainStep = chain.steps[step]
    let message = arena.make { patchbay__plugin__v1__call__init($0) }
    message.pointee.exchange = id
    message.pointee.generation = snapshot.generation
    message.pointee.incarnation = calls[step].lane?.incarnation ?? 0
    message.pointee.instance = chainStep.instance
    message.pointee.phase.rawValue = UInt32(phase.rawValue)
    message.pointee.attempt = calls[step].attempt
    let left = calls[step].deadline > now ? calls[step].deadline - now : 0
    message.pointee.budget_us = max(1, left / 1000)
    if calls[step].isFresh, let checkpoint = calls[step].checkpoint {
      message.pointee.checkpoint = checkpoint.withUnsafeReadableBytes { arena.bytes($0) }
    }
    let subscription = chainStep[phase]
    // Pieces are many: they repeat the heads only where the plugin cannot know them.
    let isPiece = phase == .chunk || phase == .produce
    let selection = subscription?.headers ?? .none
    if !isPiece || calls[step].isFresh || !selection.isEmpty {
      showRequest(
        in: message, selection, concealing: phase == .complete ? facts.concealed : Concealment())
      if machine.source != .none { message.pointee.response = responseMessage(selection, arena) }
    }
    if let names = subscription?.variables, !names.isEmpty {
      (message.pointee.variables, message.pointee.n_variables) = facts.variables(names, arena)
    }
    let payload = fill(message, step, phase, subscription)
    message.pointee.body_length = UInt64(payload.readableBytes)
    return (message, payload)
  }

  private func fill(
    _ message: UnsafeMutablePointer<Patchbay__Plugin__V1__Call>, _ step: Int, _ phase: Phase,
    _ subscription: PhaseSubscription?
  ) -> ByteBuffer {
    switch phase {
    case .request, .retry:
      if case .retrying(_, let error) = machine.state {
        message.pointee.failed_try = failedTry(error, worker.arena)
      }
      return machine.plan.requestBody.contains(step) ? request.body.bytes : ByteBuffer()
    case .response:
      return machine.plan.responseBody.contains(step) ? machine.collectedBody : ByteBuffer()
    case .chunk:
      guard let piece = machine.piece(for: step) else { return ByteBuffer() }
      message.pointee.body_offset = UInt64(piece.offset)
      message.pointee.last = piece.isLast ? 1 : 0
      return piece.bytes
    case .produce: return ByteBuffer()
    case .complete:
      message.pointee.last = 1
      message.pointee.summary = summaryMessage(worker.arena)
      return bodies(subscription, message)
    }
  }

  private func bodies(
    _ subscription: PhaseSubscription?,
    _ message: UnsafeMutablePointer<Patchbay__Plugin__V1__Call>
  ) -> ByteBuffer {
    guard let subscription, subscription.requestBody || subscription.responseBody else {
      return ByteBuffer()
    }
    func cut(_ bytes: ByteBuffer) -> ByteBuffer {
      let length = min(bytes.readableBytes, subscription.bodyLimit)
      return bytes.getSlice(at: bytes.readerIndex, length: length) ?? ByteBuffer()
    }
    var payload = subscription.requestBody ? cut(request.body.shownWhenComplete) : ByteBuffer()
    message.pointee.request_body_length = UInt64(payload.readableBytes)
    if subscription.responseBody, let copy = response.copy {
      payload.writeImmutableBuffer(cut(copy))
    }
    return payload
  }

  private func responseMessage(
    _ selection: HeaderSelection, _ arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__ResponseHead> {
    let message = arena.make { patchbay__plugin__v1__response_head__init($0) }
    message.pointee.status = UInt32(response.status)
    message.pointee.after_us = response.after / 1000
    message.pointee.source.rawValue = UInt32(machine.source.rawValue)
    (message.pointee.headers, message.pointee.n_headers) = arena.headers(
      selection, response.fields, response.edits)
    return message
  }

  private func failedTry(
    _ error: HostError, _ arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__FailedTry> {
    let message = arena.make { patchbay__plugin__v1__failed_try__init($0) }
    message.pointee.number = UInt32(machine.tries)
    message.pointee.reason = arena.string(error.tryReason)
    message.pointee.target = arena.string(facts.upstreamURL)
    return message
  }
}

extension HostError {
  /// Why a try failed, in the protocol's words.
  fileprivate var tryReason: String {
    switch self {
    case .upstreamTimeout: "timeout"
    case .upstreamTLS: "tls"
    case .upstreamInvalid: "reset"
    case .credentialsUnavailable, .credentialsUnusable, .signatureNeedsBody: "credentials"
    default: "connect"
    }
  }
}

extension [UInt8] {
  func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
    withUnsafeBytes { $0.equalsIgnoringCase(other) }
  }
}

extension MessageArena {
  /// A `bytes` field of a constant.
  func bytes(static text: StaticString) -> ProtobufCBinaryData {
    borrowed(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A `string` field of a constant, which ends with a zero as it stands.
  func string(static text: StaticString) -> UnsafeMutablePointer<CChar> {
    UnsafeMutableRawPointer(mutating: text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  typealias Headers = (
    UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__Header>?>?, Int
  )

  /// The fields that a plugin may see, as they are with the edits so far. Secrets are not shown.
  func headers(
    _ selection: HeaderSelection, _ fields: HeaderFields, _ edits: HeaderEdits,
    concealing concealed: Concealment = Concealment()
  ) -> Headers {
    guard !selection.isEmpty else { return (nil, 0) }
    let capacity = fields.count + edits.count
    let list = array(
      of: UnsafeMutablePointer<Patchbay__Plugin__V1__Header>?.self, count: capacity)
    var count = 0
    edits.forEachField(of: fields) { name, value in
      guard case .bytes(let bytes) = value, selection.shows(name) else { return }
      list[count] =
        concealed.conceals(header: name)
        ? Concealment.placeholder.withUnsafeBytes { header(name, $0) } : header(name, bytes)
      count += 1
    }
    return (list, count)
  }

  /// Names and values as they are.
  func headers(_ pairs: [(name: [UInt8], value: [UInt8])]) -> Headers {
    let list = array(
      of: UnsafeMutablePointer<Patchbay__Plugin__V1__Header>?.self, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      list[index] = pair.name.withUnsafeBytes { name in
        pair.value.withUnsafeBytes { header(name, $0) }
      }
    }
    return (list, pairs.count)
  }

  private func header(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Header> {
    let header = make { patchbay__plugin__v1__header__init($0) }
    header.pointee.name = bytes(name)
    header.pointee.value = bytes(value)
    return header
  }
}
