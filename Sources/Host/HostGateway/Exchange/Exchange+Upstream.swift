// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostExchange
import HostHTTP
import HostPools
import Logging
import NIOCore

// Tries of an upstream, and what it answers.
extension Exchange {
  /// Bytes of a response that are kept for plugins or a slow client before its source is slowed down.
  private static var highWater: Int { 256 << 10 }

  func startTry() {
    guard let destination else { return on { $0.upstreamFailed(.noRoute, repeatable: false, &$1) } }
    askForBody()
    tryNumber += 1
    tryStarted = worker.now()
    requestHeadSent = false
    authorization = TryAuthorization()
    // A plugin may say where to, but not less safely than the service.
    let origin =
      request.origin.map { $0.secured(by: destination.origin.security) } ?? destination.origin
    isUpgrading = asksForUpgrade(at: origin)
    noteTry(origin)
    guard let wanted = request.authorization else { return connect(to: origin, destination) }
    authorize(wanted) { [self] in connect(to: origin, destination) }
  }

  private func connect(to origin: Origin, _ destination: Destination) {
    let use: UpstreamConnector.Use =
      isUpgrading ? .upgrade : staleRetried ? .repeated : .request
    if use == .request, let stream = worker.upstreams.takeIdle(origin) { return send(over: stream) }
    let number = tryNumber
    upstreamTicket = worker.upstreams.acquire(
      origin, timeout: destination.connectTimeout, use: use
    ) { [self] result in
      guard number == tryNumber, machine.state == .trying, upstream == nil else {
        if case .success(let stream) = result { stream.giveBack() }
        return
      }
      upstreamTicket = nil
      switch result {
      case .success(let stream):
        send(over: stream)
        client?.resume()
      case .failure(let failure): upstreamFailed(tryNumber: number, failure)
      }
    }
  }

  /// One that is made again, because its connection was stale, is the same try.
  private func noteTry(_ origin: Origin) {
    guard !machine.plan.complete.isEmpty, facts.tries.count < machine.tries else { return }
    facts.tries.append(UpstreamTry(host: origin.host, port: origin.port, started: tryStarted))
  }

  private func logFailure(_ failure: UpstreamFailure) {
    let origin = request.origin ?? destination?.origin
    var metadata: Logger.Metadata = [
      "upstream": "\(origin?.authority ?? "")", "error": "\(failure.error.code)",
      "try": "\(machine.tries)", "request_id": "\(requestID.text)",
    ]
    if let cause = failure.cause { metadata["cause"] = "\(cause)" }
    if request.isGone, machine.state == .trying {
      metadata["body"] = "not kept: there is no other try"
    }
    worker.logger.warning("a try of an upstream failed", metadata: metadata)
  }

  private func send(over connection: any UpstreamStream) {
    // Secrets are filled in here and nowhere else: these bytes leave for the upstream.
    let secrets = snapshot.secrets
    let target = UpstreamTarget(of: self)
    facts.upstreamURL = target.display(origin: connection.origin)
    let body = request.isComplete ? request.body.revealed { secrets.value(of: $0) } : nil
    let framing = upstreamFraming(body)
    var buffer = ByteBuffer()
    var edits = forwardedEdits(connection.origin)
    authorization.signer?.edit(&edits)
    do {
      try HeadWriter.write(
        request.head, method: request.method, target: target.bytes { secrets.value(of: $0) },
        edits: edits, framing: framing,
        secrets: { secrets.value(of: $0) }, upgrade: isUpgrading ? "websocket" : nil,
        into: &buffer)
    } catch {
      connection.giveBack()
      logBadRequest(error)
      return on { $0.upstreamFailed(.upstreamRequest, repeatable: false, &$1) }
    }
    authorization.signer?.sign(&buffer, body: body ?? ByteBuffer())
    upstream = connection
    if !facts.tries.isEmpty { facts.tries[facts.tries.count - 1].connected = worker.now() }
    requestHeadSent = true
    let bytes = body ?? request.body.bytes
    connection.start(
      self, tryNumber: tryNumber, head: buffer, body: bytes, framing: framing,
      isHead: upstreamMethod == .head, upgrades: isUpgrading)
    if request.isComplete {
      connection.endBody(request.trailers)
    } else {
      request.passesOn(keeping: keptBody)
    }
  }

  private func logBadRequest(_ refusal: HeaderEdits.Refusal) {
    worker.logger.error(
      "a request for an upstream cannot be written",
      metadata: ["reason": "\(refusal.rawValue)", "request_id": "\(requestID.text)"])
  }

  private func upstreamFraming(_ body: ByteBuffer?) -> BodyFraming {
    // Trailers have their place behind chunks only.
    if let body, request.trailers.count == 0 {
      let length = body.readableBytes
      return length == 0 && request.head.framing == .none ? .none : .length(length)
    }
    return request.head.framing
  }

  func abortUpstream() {
    tryNumber += 1
    if let ticket = upstreamTicket { worker.upstreams.cancel(ticket) }
    upstreamTicket = nil
    let connection = upstream
    upstream = nil
    requestHeadSent = false
    response.decoding = nil
    connection?.abort()
  }
}

// MARK: - What the upstream says

extension Exchange: UpstreamClient {
  func upstreamHead(tryNumber number: Int, _ head: ResponseHead) {
    guard number == tryNumber else { return }
    let now = worker.now()
    facts.upstreamTime = now &- tryStarted
    facts.upstreamStatus = head.status
    authorization.upstreamAnswered(head.status, worker)
    if !facts.tries.isEmpty { facts.tries[facts.tries.count - 1].status = head.status }
    response = ResponseState()
    response.status = head.status
    response.fields = head.fields
    response.framing = head.framing
    response.declaredLength = head.declaredLength
    response.after = now &- times.start
    startDecoding(head)
    request.answered()
    on { $0.upstreamResponded(hasBody: head.hasBody, &$1) }
  }

  /// A response before the response (RFC 9110, 15.2): it goes to clients that know such. A 100 is the host's own to say.
  func upstreamInformational(tryNumber number: Int, _ head: ResponseHead) {
    guard number == tryNumber, head.status != 100, machine.state == .trying else { return }
    client?.sendInformational(head)
  }

  /// Steps whose condition the response's head does not meet take no part, so that nothing is kept for them.
  func excludeByResponse() {
    for phase in [Phase.response, .chunk] {
      machine.exclude(chain.excluded(from: phase, request, response), from: phase)
    }
  }

  func upstreamBody(tryNumber number: Int, _ bytes: ByteBuffer) {
    guard number == tryNumber, !decodes(bytes) else { return }
    received(bytes)
  }

  /// Bytes of the body, as plugins and the client see it.
  func received(_ bytes: ByteBuffer) {
    on { $0.upstreamBody(bytes, &$1) }
    if case .awaitingResponseBody(let step) = machine.state {
      let limit = min(
        snapshot.limits.responseBody, chain.steps[step][.response]?.bodyLimit ?? .max)
      if machine.collectedBytes > limit {
        record(step, .response, .tooLarge)
        on { $0.callFailed(step: step, phase: .response, .tooLarge, &$1) }
      }
    }
  }

  func upstreamFinished(tryNumber number: Int, trailers: Trailers) {
    guard number == tryNumber else { return }
    upstream = nil
    if !decodesEnd(trailers) { bodyFinished(trailers) }
  }

  func bodyFinished(_ trailers: Trailers) {
    response.trailers = trailers
    on { $0.upstreamFinished(&$1) }
  }

  func upstreamFailed(tryNumber number: Int, _ failure: UpstreamFailure) {
    guard number == tryNumber else { return }
    upstream = nil
    requestHeadSent = false
    response.decoding = nil
    failed(failure)
  }

  /// There will be no response, or no more of it.
  func failed(_ failure: UpstreamFailure) {
    // What went on to the upstream as it came is not here any more.
    let isHere = !request.isGone
    let canRepeat = isHere && failure.isRepeatable(isIdempotent: upstreamMethod.isIdempotent)
    if canRepeat, failure.reach == .stale, !staleRetried {
      staleRetried = true
      return startTry()  // the same try, on a connection of its own
    }
    logFailure(failure)
    if !facts.tries.isEmpty { facts.tries[facts.tries.count - 1].error = failure.error }
    on { $0.upstreamFailed(failure.error, repeatable: canRepeat, &$1) }
  }

  /// The method that the upstream gets.
  private var upstreamMethod: HTTPMethod {
    guard let method = request.method else { return request.head.method }
    return method.withUnsafeBytes { HTTPMethod($0) }
  }

  func upstreamWritable() { client?.resume() }

  /// Of the response, for plugins or until its head is out. By reference: to ask the machine for it would copy all of it.
  private static func heldBytes(_ machine: inout ExchangeMachine) -> Int {
    machine.bufferedBytes + machine.collectedBytes
  }

  /// Whether plugins or the client are behind what is here of the response.
  var isBehind: Bool {
    if machine.headSent, let client, !client.isWritable { return true }
    if case .awaitingResponseBody = machine.state { return false }
    return Self.heldBytes(&machine) > Self.highWater
  }

  /// Slows the source down when plugins or the client are behind, and lets it go on when they are not.
  func adjustFlow() {
    if response.decoding != nil { decodeMore() }
    upstream?.pause(isBehind || response.decoding?.isBusy == true)
  }
}
