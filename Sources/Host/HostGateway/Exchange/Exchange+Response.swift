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
    if case .httpsRequired(let status) = error, status != 426 { return redirectToTLS() }
    if case .httpsRequired = error { response.upgrade = "TLS/1.2, HTTP/1.1" }
    if error.isClients {
      worker.noteRefusal(
        facts.refusal ?? "\(error.code)", client: request.clientAddress, id: requestID)
    }
    let body = ErrorResponse(
      error, requestID: requestID, template: facts.errorTemplate, type: errorType)
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
    response.body = responseBody(kind, body)
    addOwnFields()
    response.headBytes =
      response.isUpgrade
      ? sendUpgrade(client)
      : client.sendHead(
        ClientResponse(
          status: response.status, fields: response.fields, edits: response.edits,
          body: response.body, upgrade: response.upgrade))
    if wantsResponseCopy { response.copy = ByteBuffer() }
    on { $0.headWritten(body: body, &$1) }
  }

  private func responseBody(_ kind: BodyKind, _ body: ByteBuffer) -> ResponseBody {
    if request.head.isHead || [204, 205, 304].contains(response.status) {
      return .none(declared: bodilessLength(kind, body))
    }
    switch kind {
    case .whole: return .length(body.readableBytes)
    case .unchanged:
      if case .length(let length) = response.framing { return .length(length) }
      return .open
    case .open: return .open
    }
  }

  /// What a response to HEAD says about the body that GET would have.
  private func bodilessLength(_ kind: BodyKind, _ body: ByteBuffer) -> Int? {
    if response.status == 205 { return 0 }  // it says that there is none (RFC 9110, 15.3.6)
    guard request.head.isHead, kind != .open else { return nil }
    return machine.source == .upstream ? response.declaredLength : body.readableBytes
  }

  /// Whether a step wants the response's body when all is over.
  var wantsResponseCopy: Bool {
    machine.plan.complete.contains { chain.steps[$0][.complete]?.responseBody == true }
  }

  func deliver(_ bytes: ByteBuffer) {
    if case .none = response.body { return }
    guard bytes.readableBytes > 0 else { return }
    response.sent += bytes.readableBytes
    response.position.passed(bytes)
    if response.copy != nil, response.sent <= snapshot.limits.responseBody {
      response.copy?.writeImmutableBuffer(bytes)
    }
    client?.sendBody(bytes)
  }

  func endResponse() {
    facts.end = worker.now()
    let client = client
    self.client = nil
    client?.endResponse(response.trailers)
  }

  func cutResponse(_ error: HostError) {
    facts.end = worker.now()
    facts.truncated = true
    guard let client else { return }
    self.client = nil
    // Where the dialect can say it and it will be read, the client gets an error event and a proper end. Anywhere else that
    // end would make a part look like the whole.
    var lastWords: ByteBuffer?
    if response.body == .open, let template = facts.errorTemplate, !template.event.isEmpty,
      response.isEventStream, response.position.isBetweenEvents
    {
      lastWords = ErrorResponse.fill(template.event, error, requestID: requestID)
    }
    client.cut(lastWords: lastWords)
  }
}
