// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
import HostExchange
import HostHTTP
import HostPools
import HostSigning
import NIOCore
import PluginProtocol

/// A request that a plugin sends through the host, or the host itself: whole, over the worker's pooled connections, ended
/// with its call.
final class HTTPServiceCall {
  typealias Answer = ServiceHost.Answer

  /// Bytes of a response where the plugin names no limit.
  private static let defaultLimit = 1 << 20
  /// Bytes of a compressed response that come out at once.
  private static let piece = 64 << 10

  private let worker: Worker
  private let origin: Origin
  private let method: HTTPMethod
  private let request: PreparedRequest
  private let secrets: HeadWriter.SecretValue
  /// As it leaves, but for a signature over all of it.
  private var head = ByteBuffer()
  private var authorization = TryAuthorization()
  private var body: ByteBuffer { request.body }
  private let limit: Int
  /// Nil when it is over.
  private var answer: Answer?
  private var connection: (any UpstreamStream)?
  private var ticket: UpstreamConnector.Ticket?
  private var tryNumber = 0
  private var response: ResponseHead?
  private var received = ByteBuffer()
  /// Of a response that is compressed: the plugin gets it as it was before.
  private var decoder: ContentDecoder?
  private var timer: Scheduled<Void>?
  /// A connection of its own was asked for, after one that no longer worked.
  private var hasRepeated = false

  private init(
    worker: Worker, request: PreparedRequest,
    secrets: @escaping HeadWriter.SecretValue, limit: UInt64, answer: @escaping Answer
  ) {
    self.worker = worker
    origin = request.origin
    method = request.method
    self.request = request
    self.secrets = secrets
    self.limit = limit == 0 ? Self.defaultLimit : Int(clamping: limit)
    self.answer = answer
  }

  /// Starts a plugin's call; nil when it was answered at once because it cannot be sent.
  ///
  /// - Parameter deadline: by the worker's clock.
  static func start(
    _ request: Patchbay__Plugin__V1__HttpRequest, body: ByteBuffer, of step: ChainStep,
    secrets: SecretTable, deadline: UInt64, worker: Worker, _ answer: @escaping Answer
  ) -> HTTPServiceCall? {
    do {
      let prepared = try PreparedRequest(
        request, body: body, of: step.plugin, services: step.services, secrets,
        unverified: worker.upstreams.unverified)
      return start(
        prepared, secrets: { secrets.value(of: $0) }, limit: request.response_limit,
        deadline: deadline, worker: worker, answer)
    } catch let problem as PreparedRequest.Problem {
      answer(.error("bad-request", problem.message))
    } catch let problem as Authorization.Problem {
      answer(.error("bad-request", problem.message))
    } catch {
      answer(.error("bad-request", "a header or parameter cannot be sent"))
    }
    return nil
  }

  /// Starts a call; nil when it was answered at once because it cannot be sent.
  ///
  /// - Parameters:
  ///   - limit: bytes of the response's body; zero: what a plugin gets that names none.
  ///   - deadline: by the worker's clock.
  static func start(
    _ request: PreparedRequest, signer: RequestSigner? = nil,
    secrets: @escaping HeadWriter.SecretValue, limit: UInt64, deadline: UInt64, worker: Worker,
    _ answer: @escaping Answer
  ) -> HTTPServiceCall? {
    let call = HTTPServiceCall(
      worker: worker, request: request, secrets: secrets, limit: limit, answer: answer)
    call.begin(TryAuthorization(signer: signer), deadline: deadline)
    return call.answer == nil ? nil : call
  }

  /// Nobody waits for the answer any more.
  func cancel() {
    answer = nil
    end()
  }

  private func begin(_ authorization: TryAuthorization, deadline: UInt64) {
    let now = worker.now()
    let left = deadline > now ? deadline - now : 0
    timer = worker.loop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(clamping: left))) {
      [self] in
      finish(.error("timeout", "no response within the call's time"))
    }
    guard let wanted = request.authorization else { return send(authorization) }
    do throws(CredentialFailure) {
      switch try wanted.need(worker.credentials.environment, secret: secrets) {
      case .keys(let keys, let scope):
        send(TryAuthorization(signer: .aws(AWSSigner(keys: keys, scope: scope))))
      case .fetched(let source, let scope): fetch(source, scope)
      }
    } catch {
      finish(.init(error))
    }
  }

  private func fetch(_ source: CredentialSource, _ scope: AWSScope?) {
    let key = source.key
    worker.credentials.get(key, source) { [self] result in
      guard answer != nil else { return }
      switch result {
      case .success(let token):
        let signer = RequestSigner(token.value, scope)
        send(TryAuthorization(signer: signer, credential: (key, token)))
      case .failure(let failure): finish(.init(failure))
      }
    }
  }

  private func send(_ authorization: TryAuthorization) {
    self.authorization = authorization
    do throws(PreparedRequest.Problem) {
      head = try request.head(authorization.signer, secrets: secrets)
      send(reusing: true)
    } catch {
      finish(.error("bad-request", error.message))
    }
  }

  private func send(reusing: Bool) {
    tryNumber += 1
    if reusing, let stream = worker.upstreams.takeIdle(origin) { return send(over: stream) }
    let number = tryNumber
    ticket = worker.upstreams.acquire(
      origin, timeout: UpstreamConnector.serviceConnectTimeout, use: reusing ? .request : .repeated
    ) { [self] result in
      ticket = nil
      switch result {
      case .success(let stream) where answer == nil || number != tryNumber: stream.giveBack()
      case .success(let stream): send(over: stream)
      case .failure(let failure):
        let refusal = (failure.cause as? TunnelRequest.Refusal).map { ": \($0)" } ?? ""
        finish(.error("unreachable", "\(failure.error.code)\(refusal)"))
      }
    }
  }

  private func send(over stream: any UpstreamStream) {
    connection = stream
    var head = head
    authorization.signer?.sign(&head, body: body)
    request.addressToProxy(&head)
    stream.start(
      self, tryNumber: tryNumber, head: head, body: body, framing: .length(body.readableBytes),
      isHead: method == .head, upgrades: false)
    stream.endBody(Trailers())
  }

  private func finish(_ outcome: ServiceOutcome) {
    let answer = answer
    self.answer = nil
    end()
    answer?(outcome)
  }

  private func end() {
    tryNumber += 1
    timer?.cancel()
    timer = nil
    if let ticket { worker.upstreams.cancel(ticket) }
    ticket = nil
    connection?.abort()
    connection = nil
  }
}

extension HTTPServiceCall: UpstreamClient {
  func upstreamInformational(tryNumber: Int, _ head: ResponseHead) {}

  func upstreamUpgraded(tryNumber: Int, _ head: ResponseHead) {
    preconditionFailure("a plugin's request asks for no other protocol")
  }

  func upstreamHead(tryNumber number: Int, _ head: ResponseHead) {
    guard number == tryNumber else { return }
    response = head
    authorization.upstreamAnswered(head.status, worker)
    // A part of what was compressed tells nothing.
    guard head.hasBody, head.status != 206 else { return }
    decoder = ContentCoding(of: head.fields).map(ContentDecoder.init)
  }

  func upstreamBody(tryNumber number: Int, _ bytes: ByteBuffer) {
    guard number == tryNumber else { return }
    guard let decoder else { return receive(bytes) }
    decoder.take(bytes)
    do {
      while number == tryNumber, let piece = try decoder.next(atMost: Self.piece) { receive(piece) }
    } catch {
      finish(.error("failed", "\(error.rawValue)"))
    }
  }

  private func receive(_ bytes: ByteBuffer) {
    guard received.readableBytes + bytes.readableBytes <= limit else {
      return finish(
        .error("response-too-large", "the response is longer than \(limit) bytes"))
    }
    received.writeImmutableBuffer(bytes)
  }

  func upstreamFinished(tryNumber number: Int, trailers: Trailers) {
    guard number == tryNumber, let response else { return }
    self.connection = nil
    var edits = HeaderEdits()
    do {
      try decoder?.finish()
      if decoder != nil { edits.describeDecoded(response.fields) }
      finish(
        .response(
          status: response.status, fields: response.fields, edits: edits, body: received))
    } catch {
      finish(.error("failed", "\(error.rawValue)"))
    }
  }

  func upstreamFailed(tryNumber number: Int, _ failure: UpstreamFailure) {
    guard number == tryNumber else { return }
    connection = nil
    let mayRepeat = failure.isRepeatable(isIdempotent: method.isIdempotent)
    if !hasRepeated, mayRepeat, failure.reach == .stale || failure.reach == .unsent {
      hasRepeated = true
      return send(reusing: false)
    }
    finish(.error("failed", "\(failure.error.code)"))
  }

  func upstreamWritable() {}
}
