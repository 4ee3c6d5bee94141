// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// A plugin that is killed in the middle of what it does, and whose work shows whether anything was lost or done twice.
@main
struct ChaosPlugin: Plugin, Stateful, RequestPhase, RetryPhase, ResponsePhase, ChunkPhase,
  ProducePhase, CompletePhase
{
  enum Task: String, Codable, Sendable {
    /// Edits both heads; the second edit says what the first one knew.
    case heads
    /// Rewrites a streamed body with state.
    case lines
    /// Counts each exchange in the store, when it begins and when it is over, and its pieces where that is asked for.
    case ledger
    /// Leaves traces in its reply, and waits for a test server before it gives it.
    case traces
    /// Says which traces reached it.
    case reads
    /// Only looks, and waits for a test server before it says so.
    case inspects
    /// Crashes where a request asks for it, once a test server has answered.
    case poison
    /// Makes errors of the host say their code, in a body and in a stream.
    case errors
    /// Fails in one phase, as its config says.
    case fails
  }

  struct Config: DefaultedConfig {
    var does = Task.heads
    /// Asked, with `?phase=`, before a reply is given; empty: nobody is.
    var url = ""
    var countsPieces = false
    /// Where and how `fails` does, and what a piece has in it that it fails at.
    var phase = FailingPhase.none
    var how = Failure.error
    var mark = ""
  }

  struct State: Codable, Sendable {
    var nonce = ""
    var lines = NumberedLines()
  }

  static var manifest: Manifest {
    Identity.flaw.beforeStart()
    return Identity.manifest
  }

  /// Time for a process that stands still to be found out, replaced, and for its calls to run again: on a machine that
  /// is busy with other things, the host's default is too near to that.
  private static let deadline = Duration.seconds(20)
  /// Attempts of a call whose traces are looked for.
  static let attempts = 0..<3

  let config: Config
  let host: Host
  var state = State()

  init(config: Config, host: Host) throws {
    try Identity.flaw.check()
    self.config = config
    self.host = host
  }

  // MARK: - Request

  var requestInterest: Interest? {
    switch config.does {
    case .heads:
      Interest(
        headers: Identity.flaw == .curious ? ["x-nonce", "x-more"] : ["x-nonce"],
        deadline: Self.deadline)
    case .ledger: Interest(headers: ["x-read"], deadline: Self.deadline)
    case .poison: Interest(headers: ["x-poison", "x-wait"], deadline: Self.deadline)
    case .traces, .errors: Interest()
    case .inspects: Interest(inspects: true)
    case .reads: Interest(variables: Self.attempts.map(Self.variable))
    case .fails: fails(in: .request) || fails(in: .produce) ? Interest() : nil
    case .lines: nil
    }
  }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    try Identity.flaw.beforeReply()
    switch config.does {
    case .heads:
      if Identity.flaw == .curious { request.headers["x-saw"] = request.headers["x-more"] }
      request.headers["x-version"] = Identity.version
      state.nonce = request.headers["x-nonce"] ?? "none"
      // Added, not set: an edit that is made twice is seen twice.
      request.headers.add("x-heads", state.nonce)
    case .ledger:
      if let key = request.headers["x-read"] {
        return .respond(.text(try await host.kv.get(key)?.value.text ?? "0"))
      }
      try await host.count("begun")
      try await waitForTest("request")
    case .traces: try await leaveTraces(on: &request)
    case .inspects: try await waitForTest(Identity.manifest.name)
    case .reads:
      let seen = Self.attempts.filter { request.variables[Self.variable($0)] != nil }
      request.headers["x-attempts"] = seen.map(String.init).joined(separator: ",")
    case .poison:
      if let who = request.headers["x-wait"] { try await waitForTest(who) }
      if request.headers["x-poison"] != nil { fatalError("poisoned by a test") }
    case .errors:
      let error = #"{"code":"{code}"}"#
      request.errorTemplate = ErrorTemplate(body: error, event: "data: \(error)\n\n")
    case .fails:
      if fails(in: .produce) { return .produce(headers: ["content-type": "text/event-stream"]) }
      try await config.how.happen(host)
    case .lines: break
    }
    return .proceed
  }

  /// A variable, a log field and a metric that name the attempt; then nothing until the test server answers.
  private func leaveTraces(on request: inout Request) async throws {
    let attempt = request.attempt
    request.variables[Self.variable(attempt)] = .integer(Int64(attempt))
    request.logFields["chaos.attempt-\(attempt)"] = .bool(true)
    host.metric.count("chaos_attempts", ["attempt": String(attempt)])
    request.metrics.count("chaos_calls")
    try await waitForTest("request")
  }

  private func waitForTest(_ phase: String) async throws {
    guard !config.url.isEmpty else { return }
    _ = try await host.http.send(HTTPRequest(url: "\(config.url)?phase=\(phase)"))
  }

  private static func variable(_ attempt: Int) -> String { "chaos.attempt-\(attempt)" }

  // MARK: - Response

  var responseInterest: Interest? {
    if fails(in: .response) { return Interest() }
    return config.does == .heads ? Interest(deadline: Self.deadline) : nil
  }

  mutating func response(_ response: inout UpstreamResponse) async throws -> ResponseReply {
    if fails(in: .response) { try await config.how.happen(host) }
    response.headers.add("x-heads", state.nonce)
    return .proceed
  }

  var chunkInterest: ChunkInterest? {
    if fails(in: .chunk) { return ChunkInterest(.transform) }
    return config.does == .lines || config.countsPieces
      ? ChunkInterest(.transform, deadline: Self.deadline) : nil
  }

  mutating func chunk(_ chunk: inout Chunk) async throws -> ChunkReply {
    if fails(in: .chunk) { return try await stamp(&chunk) }
    guard config.does == .lines else {
      if !chunk.isLast { try await host.count("pieces") }
      return .release
    }
    let rest = state.lines.rewrite(&chunk.body)
    return rest > 0 && !chunk.isLast ? .hold(rest) : .release
  }

  // MARK: - Complete

  var completeInterest: CompleteInterest? {
    if fails(in: .complete) { return CompleteInterest() }
    return config.does == .ledger
      ? CompleteInterest(headers: ["x-read"], deadline: Self.deadline) : nil
  }

  mutating func complete(_ exchange: inout CompletedExchange) async throws {
    if fails(in: .complete) { return try await config.how.happen(host) }
    guard exchange.request.headers["x-read"] == nil else { return }
    try await host.count("completed")
    try await waitForTest("complete")
  }
}

extension Host {
  /// Adds one to a key, whoever else does at the same time.
  fileprivate func count(_ key: String) async throws {
    while true {
      let entry = try await kv.get(key)
      let next = (entry.flatMap { Int($0.value.text) } ?? 0) + 1
      let version = entry?.version ?? 0
      if try await kv.compareAndSet(key, Array(String(next).utf8), version: version) != nil {
        return
      }
    }
  }
}
