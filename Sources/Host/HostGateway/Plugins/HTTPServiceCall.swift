// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
import HostExchange
import HostHTTP
import NIOCore
import PluginProtocol

/// A request that a plugin sends through the host: whole, on a connection of its own, ended with its call.
final class HTTPServiceCall: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes of a response where the plugin names no limit.
  private static let defaultLimit = 1 << 20
  /// Nanoseconds for a connection.
  private static let connectTimeout: UInt64 = 10_000_000_000

  private var decoder = ResponseDecoder()
  private var inbound = ByteBuffer()
  private var head: ResponseHead?
  private var body = ByteBuffer()
  private let limit: Int
  private var answer: ServiceHost.Answer?

  private init(limit: Int, isHead: Bool, answer: @escaping ServiceHost.Answer) {
    self.limit = limit
    self.answer = answer
    decoder.requestSent(isHead: isHead)
  }

  static func start(
    _ request: Patchbay__Plugin__V1__HttpRequest, body: ByteBuffer, for exchange: Exchange,
    step: Int, _ worker: Worker, _ answer: @escaping ServiceHost.Answer
  ) {
    guard let url = String(field: request.url), let address = UpstreamURL(url) else {
      return answer(.error("bad-url", "the URL is not an absolute http or https URL"))
    }
    var edits = HeaderEdits()
    var query: [QueryEdit] = []
    do {
      for index in 0..<request.n_headers {
        guard let edit = request.headers[index]?.pointee else { continue }
        try edits.apply(edit, to: HeaderFields())
      }
      for index in 0..<request.n_query {
        guard let edit = request.query[index]?.pointee else { continue }
        query.append(try QueryEdit(edit))
      }
    } catch {
      return answer(.error("bad-request", "a header or parameter cannot be sent"))
    }
    edits.set("Host", address.origin.authority.utf8)
    let secrets = exchange.snapshot.secrets
    let method = request.method.len > 0 ? Array(request.method.view) : Array("GET".utf8)
    var bytes = ByteBuffer()
    do {
      try HeadWriter.write(
        method: method, target: address.target(with: query) { secrets.value(of: $0) },
        edits: edits, framing: body.readableBytes > 0 ? .length(body.readableBytes) : .none,
        secrets: { secrets.value(of: $0) }, into: &bytes)
    } catch {
      return answer(.error("bad-request", "the request cannot be written: \(error.rawValue)"))
    }
    let handler = HTTPServiceCall(
      limit: request.response_limit == 0 ? defaultLimit : Int(clamping: request.response_limit),
      isHead: method.elementsEqual("HEAD".utf8), answer: answer)
    worker.upstreams.connectChannel(
      address.origin, timeout: connectTimeout, handler: handler
    ) { [head = bytes] result in
      switch result {
      case .success(let channel):
        channel.write(head, promise: nil)
        channel.writeAndFlush(body, promise: nil)
      case .failure(let error):
        handler.finish(.error("unreachable", "\(worker.upstreams.hostError(for: error).code)"))
      }
    }
  }

  private func finish(_ outcome: ServiceOutcome) {
    let answer = answer
    self.answer = nil
    answer?(outcome)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    inbound.writeBuffer(&bytes)
    do {
      while let event = try decoder.next(&inbound) {
        switch event {
        case .informational: continue
        case .head(let head): self.head = head
        case .body(var piece):
          guard body.readableBytes + piece.readableBytes <= limit else {
            finish(.error("response-too-large", "the response is longer than \(limit) bytes"))
            return context.close(promise: nil)
          }
          body.writeBuffer(&piece)
        case .end: finishResponse(context)
        }
      }
    } catch {
      finish(.error("invalid-response", "the response is not HTTP: \(error.rawValue)"))
      context.close(promise: nil)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.read() }

  private func finishResponse(_ context: ChannelHandlerContext) {
    if let head { finish(.response(status: head.status, fields: head.fields, body: body)) }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .end = try? decoder.endOfFile() { finishResponse(context) }
    finish(.error("truncated", "the connection ended within the response"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.error("failed", "the connection failed"))
    context.close(promise: nil)
  }
}
