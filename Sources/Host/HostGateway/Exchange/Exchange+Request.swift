// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

// The request's body on its way from the client: held for plugins, or on to the upstream.
extension Exchange {
  /// Bytes that are taken from a client before it is known where they go.
  private static var earlyLimit: Int { 64 << 10 }

  /// Whether more of the body can be taken now.
  var wantsRequestBody: Bool {
    if request.isHeld { return true }
    if requestHeadSent { return upstream?.isWritable ?? false }
    return !machine.clientDone && request.body.bytes.readableBytes < Self.earlyLimit
  }

  /// The whole body is wanted before the exchange can go on.
  func collectRequestBody() {
    request.isHeld = true
    askForBody()
    // A body that is here already is counted when it comes; only its end may have been seen.
    client?.resume()
  }

  /// The client may wait to be asked for its body.
  func askForBody() {
    guard request.head.expectsContinue, !continueSent, !request.isComplete else { return }
    continueSent = true
    client?.sendContinue()
  }

  /// Bytes of the body that came with the head, before the exchange starts.
  func hold(_ bytes: ByteBuffer) {
    request.received += bytes.readableBytes
    request.keep(bytes)
  }

  /// The whole body came with the head.
  func holdsAll() {
    request.isComplete = true
    machine.requestBodyCame()
  }

  /// Bytes of a body that are kept when they go on, for another try.
  var keptBody: Int {
    destination?.buffersRequests == true ? snapshot.limits.retryBody : 0
  }

  /// Bytes of the body.
  func requestBody(_ bytes: ByteBuffer) {
    request.received += bytes.readableBytes
    if response.isUpgrade { return passOn(bytes) }
    guard request.received <= snapshot.limits.requestBody else {
      return on { $0.requestFailed(.bodyTooLarge, &$1) }
    }
    if requestHeadSent, !request.isHeld {
      request.passesOn(bytes, keeping: keptBody)
      upstream?.sendBody(bytes)
      return
    }
    request.keep(bytes)
    if case .awaitingRequestBody(let step) = machine.state, chain.steps.indices.contains(step),
      request.received > chain.steps[step][.request]?.bodyLimit ?? .max
    {
      record(step, .request, .tooLarge)
      on { $0.requestBodyTooLarge(step: step, &$1) }
    }
  }

  /// The body is over.
  func requestFinished(_ trailers: Trailers) {
    request.isComplete = true
    if !request.isHeld { request.trailers = trailers }
    if requestHeadSent, !request.isHeld {
      upstream?.touch(worker.now())
      upstream?.endBody(trailers)
    }
    on { $0.requestBodyFinished(&$1) }
  }

  /// The client does not send the rest of its body.
  func requestTimedOut() {
    on { $0.requestFailed(.requestTimeout, &$1) }
  }

  /// Whether the client waits to be asked for its body, and was not.
  var holdsBackContinue: Bool { request.head.expectsContinue && !continueSent }

  /// What the client sends is no longer HTTP.
  func requestBroken(_ refusal: HTTPRefusal) {
    facts.refusal = refusal.rawValue
    on { $0.requestFailed(HostError(refusal), &$1) }
  }

  /// The client's connection is gone.
  func clientLeft() {
    client = nil
    guard !machine.clientDone else { return }
    facts.clientAborted = true
    facts.end = worker.now()
    on { $0.clientLeft(&$1) }
  }

  func clientWritability(_ writable: Bool) {
    on { $0.clientWritability(writable, &$1) }
  }
}
