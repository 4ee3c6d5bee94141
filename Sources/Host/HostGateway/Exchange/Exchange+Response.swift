// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

// The response on its way to the client.
extension Exchange {
  func adoptResponse(of step: Int) {
    guard let made = calls[step].response else { return }
    calls[step].response = nil
    response = ResponseState()
    response.status = made.status
    response.edits = made.headers
    response.after = worker.now() &- times.start
    machine.replaceCollected(made.body)
  }

  func adoptError(_ error: HostError) {
    response = ResponseState()
    response.status = error.status
    response.after = worker.now() &- times.start
    let body = ErrorResponse(error, requestID: requestID, template: facts.errorTemplate)
    response.edits.set("Content-Type", body.contentType)
    machine.replaceCollected(body.bytes)
  }

  func collectResponseBody() {
    upstream?.pause(false)
  }

  func sendHead(_ kind: BodyKind) {
    let body = machine.takeCollected()
    facts.firstByte = worker.now()
    guard let client else { return on { $0.headWritten(body: body, &$1) } }
    let hasNoBody = request.head.isHead || [204, 205, 304].contains(response.status)
    response.clientFraming = hasNoBody ? .none : clientFraming(kind, body)
    response.closes = client.willClose(self) || response.clientFraming == .untilClose
    addOwnFields()
    var buffer = ByteBuffer()
    do {
      try HeadWriter.write(
        status: response.status, fields: response.fields, edits: response.edits,
        framing: response.clientFraming, length: bodilessLength(kind, body),
        closes: response.closes,
        keepsOldVersionAlive: request.head.isOldVersion && !response.closes, into: &buffer)
    } catch {
      preconditionFailure("statuses were checked where they came in")
    }
    response.headBytes = buffer.readableBytes
    client.write(buffer)
    if wantsResponseCopy { response.copy = ByteBuffer() }
    on { $0.headWritten(body: body, &$1) }
  }

  private func clientFraming(_ kind: BodyKind, _ body: ByteBuffer) -> BodyFraming {
    switch kind {
    case .whole: return .length(body.readableBytes)
    case .unchanged:
      if case .length = response.framing { return response.framing }
    case .open: break
    }
    return request.head.isOldVersion ? .untilClose : .chunked
  }

  /// What a response to HEAD says about the body that GET would have.
  private func bodilessLength(_ kind: BodyKind, _ body: ByteBuffer) -> Int? {
    if response.status == 205 { return 0 }  // it says that there is none (RFC 9110, 15.3.6)
    guard request.head.isHead, kind != .open else { return nil }
    return machine.source == .upstream ? response.declaredLength : body.readableBytes
  }

  private func addOwnFields() {
    requestID.withText { response.edits.set("X-Patchbay-Request-Id", $0) }
    if machine.source == .upstream {
      let upstream = facts.upstreamTime / 1_000_000
      let own = (worker.now() &- times.start) / 1_000_000
      response.edits.set("X-Kong-Upstream-Latency", String(upstream))
      response.edits.set(
        "X-Kong-Proxy-Latency", String(own > upstream ? own - upstream : 0))
    } else {
      response.edits.set("Date", WallClock.httpDate())
      response.edits.set("Server", "patchbay")
    }
  }

  /// Whether a step wants the response's body when all is over.
  private var wantsResponseCopy: Bool {
    machine.plan.complete.contains { chain.steps[$0][.complete]?.responseBody == true }
  }

  func deliver(_ bytes: ByteBuffer) {
    guard bytes.readableBytes > 0, response.clientFraming != .none else { return }
    response.sent += bytes.readableBytes
    response.position.passed(bytes)
    if response.copy != nil, response.sent <= snapshot.limits.responseBody {
      response.copy?.writeImmutableBuffer(bytes)
    }
    guard let client else { return }
    if response.clientFraming == .chunked { client.writeChunk(bytes) } else { client.write(bytes) }
  }

  func endResponse() {
    facts.end = worker.now()
    guard let client else { return }
    if response.clientFraming == .chunked {
      var buffer = ByteBuffer()
      ChunkWriter.writeLast(response.trailers, into: &buffer)
      client.write(buffer)
    }
    self.client = nil
    client.responseEnded(self, closes: response.closes)
  }

  func cutResponse(_ error: HostError) {
    facts.end = worker.now()
    facts.truncated = true
    guard let client else { return }
    self.client = nil
    if response.clientFraming == .chunked, let template = facts.errorTemplate,
      !template.event.isEmpty, response.isEventStream, response.position.isBetweenEvents
    {
      // The dialect can say it where it will be read: the client gets an error event and a proper end. Anywhere else that
      // end would make a part look like the whole.
      client.writeChunk(ErrorResponse.fill(template.event, error, requestID: requestID))
      var last = ByteBuffer()
      ChunkWriter.writeLast(into: &last)
      client.write(last)
      client.responseEnded(self, closes: true)
    } else {
      client.abort()
    }
  }
}
