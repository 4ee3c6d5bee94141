// SPDX-License-Identifier: Apache-2.0

/// Where in an exchange a call stands.
package enum Phase: Int, Sendable, CaseIterable {
  case request = 1, retry, response, chunk, produce, complete

  /// As logs and plugins spell it.
  var name: String {
    switch self {
    case .request: "request"
    case .retry: "retry"
    case .response: "response"
    case .chunk: "chunk"
    case .produce: "produce"
    case .complete: "complete"
    }
  }
}

/// Runs one call and drafts its reply.
typealias PhaseHandler = @Sendable (Exchange, ReceivedCall) async throws -> ReplyDraft

/// The methods of a plugin, by phase: found once through its type, so that a call costs an index.
struct PhaseHandlers: Sendable {
  private var handlers = [PhaseHandler?](repeating: nil, count: Phase.allCases.count + 1)

  /// The phases that the type conforms to.
  var phases: [Phase] { Phase.allCases.filter { self[$0] != nil } }

  private(set) subscript(phase: Phase?) -> PhaseHandler? {
    get { handlers[phase?.rawValue ?? 0] }
    set { handlers[phase?.rawValue ?? 0] = newValue }
  }

  init(_ type: any Plugin.Type) {
    if let type = type as? any RequestPhase.Type { self[.request] = Self.request(type) }
    if let type = type as? any RetryPhase.Type { self[.retry] = Self.retry(type) }
    if let type = type as? any ResponsePhase.Type { self[.response] = Self.response(type) }
    if let type = type as? any ChunkPhase.Type { self[.chunk] = Self.chunk(type) }
    if let type = type as? any ProducePhase.Type { self[.produce] = Self.produce(type) }
    if let type = type as? any CompletePhase.Type { self[.complete] = Self.complete(type) }
  }

  private static func request<P: RequestPhase>(_ type: P.Type) -> PhaseHandler {
    { exchange, call in
      let exchange = unsafeDowncast(exchange, to: PluginExchange<P>.self)
      var request = Request(call)
      let reply = try await exchange.plugin.request(&request)
      return ReplyDraft(request, reply)
    }
  }

  private static func retry<P: RetryPhase>(_ type: P.Type) -> PhaseHandler {
    { exchange, call in
      let exchange = unsafeDowncast(exchange, to: PluginExchange<P>.self)
      var request = Request(call)
      let reply = try await exchange.plugin.retry(&request, after: call.failedTry)
      return ReplyDraft(request, reply)
    }
  }

  private static func response<P: ResponsePhase>(_ type: P.Type) -> PhaseHandler {
    { exchange, call in
      let exchange = unsafeDowncast(exchange, to: PluginExchange<P>.self)
      var response = UpstreamResponse(call)
      let reply = try await exchange.plugin.response(&response)
      return ReplyDraft(response, reply)
    }
  }

  private static func chunk<P: ChunkPhase>(_ type: P.Type) -> PhaseHandler {
    { exchange, call in
      let exchange = unsafeDowncast(exchange, to: PluginExchange<P>.self)
      var chunk = Chunk(call)
      let reply = try await exchange.plugin.chunk(&chunk)
      return ReplyDraft(chunk, reply)
    }
  }

  private static func produce<P: ProducePhase>(_ type: P.Type) -> PhaseHandler {
    { exchange, call in
      let exchange = unsafeDowncast(exchange, to: PluginExchange<P>.self)
      var pull = Pull(call)
      let reply = try await exchange.plugin.produce(&pull)
      return ReplyDraft(pull, reply)
    }
  }

  private static func complete<P: CompletePhase>(_ type: P.Type) -> PhaseHandler {
    { exchange, call in
      let exchange = unsafeDowncast(exchange, to: PluginExchange<P>.self)
      var completed = CompletedExchange(call)
      try await exchange.plugin.complete(&completed)
      return ReplyDraft(completed)
    }
  }
}
