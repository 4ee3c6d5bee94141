// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
public import PluginSDK

/// One exchange of a test, phase by phase. What a call committed (variables, checkpoint) is seen by the next.
public actor HarnessExchange<P: Plugin> {
  private let harness: PluginHarness<P>
  private let number: UInt64
  private var stream: UInt32
  private let original: TestRequest
  /// What the host has: all that survives the process.
  private struct Committed {
    var response: TestResponse?
    var variables: [(name: String, value: Variable)] = []
    var logFields: [String: JSONValue] = [:]
    var checkpoint: [UInt8] = []
    var held: [UInt8] = []
    var offset = 0
    /// The plugin wants no further call.
    var isOver = false
  }

  private var committed = Committed()
  private var last: (call: TestCall, before: Committed)?
  private var calls = 0
  private var isMoved = false
  private var attempt = 0

  init(harness: PluginHarness<P>, number: UInt64, stream: UInt32, request: TestRequest) {
    self.harness = harness
    self.number = number
    self.stream = stream
    original = request
  }

  /// Another plugin's variable, for the calls that follow.
  public func set(_ name: String, _ value: Variable) {
    committed.variables.append((name, value))
  }

  /// The log fields of all calls so far.
  public var logFields: [String: JSONValue] { committed.logFields }

  /// Whether the plugin has dropped out of all later phases: a host would call it no more, and a test cannot.
  public var isOver: Bool { committed.isOver }

  /// The `request` phase.
  ///
  /// - Parameter budget: what the call may take, of the harness's virtual time.
  /// - Throws: `CallError` when the plugin failed.
  @discardableResult
  public func request(budget: Duration? = nil) async throws -> CallResult {
    var call = TestCall(phase: .request, request: original)
    if try harness.subscription(.request).wantsBody { call.payload = original.body }
    call.budget = budget
    return try await perform(call)
  }

  /// The `retry` phase, after a try failed.
  @discardableResult
  public func retry(
    number: Int = 1, reason: String = "connect", status: Int? = nil, target: String = "upstream:80"
  ) async throws -> CallResult {
    var call = TestCall(phase: .retry, request: original)
    if try harness.subscription(.retry).wantsBody { call.payload = original.body }
    call.failure = FailedTry(number: number, reason: reason, status: status, target: target)
    return try await perform(call)
  }

  /// The `response` phase.
  @discardableResult
  public func response(_ response: TestResponse) async throws -> CallResult {
    committed.response = response
    var call = TestCall(phase: .response, request: original, response: response)
    if try harness.subscription(.response).wantsBody { call.payload = response.body }
    return try await perform(call)
  }

  /// The head of the response, for the phases that follow, when the plugin has no `response` phase.
  public func respond(_ response: TestResponse) { committed.response = response }

  /// The `chunk` phase for one piece. What the plugin held back before is put at its front, as a host does.
  @discardableResult
  public func chunk(_ piece: some Collection<UInt8>, isLast: Bool = false) async throws
    -> CallResult
  {
    var call = TestCall(
      phase: .chunk, request: original, response: committed.response ?? TestResponse())
    call.payload = committed.held + piece
    call.offset = committed.offset
    call.isLast = isLast
    return try await perform(call)
  }

  /// The `chunk` phase for a whole body, cut into pieces: what the client gets.
  ///
  /// - Parameter size: bytes of each piece. A plugin must give the same for every size.
  public func stream(_ body: some Collection<UInt8>, piecesOf size: Int) async throws -> [UInt8] {
    var released: [UInt8] = []
    var rest = Array(body)[...]
    while !rest.isEmpty {
      let piece = rest.prefix(max(1, size))
      rest = rest.dropFirst(piece.count)
      let result = try await chunk(piece, isLast: rest.isEmpty)
      released += result.released
      if result.ended { break }
    }
    return released
  }

  /// The `produce` phase, once.
  @discardableResult
  public func produce() async throws -> CallResult {
    try await perform(TestCall(phase: .produce, request: original, response: committed.response))
  }

  /// The `produce` phase until it ends: the whole body.
  ///
  /// - Throws: ``HarnessError`` after so many pieces without an end.
  public func produceAll(limit: Int = 10_000) async throws -> [UInt8] {
    var body: [UInt8] = []
    for _ in 0..<limit {
      let result = try await produce()
      body += result.released
      if result.ended { return body }
    }
    throw HarnessError(description: "no end after \(limit) pieces")
  }

  /// The `complete` phase.
  @discardableResult
  public func complete(_ summary: TestSummary = TestSummary()) async throws -> CallResult {
    var call = TestCall(phase: .complete, request: original, response: committed.response)
    let subscription = try harness.subscription(.complete)
    let limit = subscription.bodyLimit == 0 ? Int.max : Int(clamping: subscription.bodyLimit)
    if subscription.requestBody { call.payload = Array(original.body.prefix(limit)) }
    call.requestBodyLength = call.payload.count
    if subscription.responseBody { call.payload += committed.response?.body.prefix(limit) ?? [] }
    call.summary = summary
    call.isLast = true
    return try await perform(call)
  }

  /// The process died or was replaced: the exchange goes on in a fresh one, with the newest checkpoint.
  public func move() async throws {
    try await harness.restart()
    stream = try await harness.openStream()
    isMoved = true
    attempt += 1
  }

  /// The process died before the reply to the last call was read: a fresh one runs that call again, with the checkpoint
  /// from before it. What the call wrote through host services counts once.
  @discardableResult
  public func runAgain() async throws -> CallResult {
    guard let last else { throw HarnessError(description: "there was no call") }
    committed = last.before
    try await move()
    return try await run(last.call)
  }

  /// The client left: what runs is cancelled.
  public func cancel() async throws { try await harness.cancel(stream) }

  private func perform(_ call: TestCall) async throws -> CallResult {
    var call = call
    call.exchange = number
    call.number = calls
    calls += 1
    return try await run(call)
  }

  private func run(_ call: TestCall) async throws -> CallResult {
    guard !committed.isOver else {
      throw HarnessError(description: "the plugin has dropped out of all later phases")
    }
    last = (call, committed)
    var call = call
    call.variables = committed.variables
    call.attempt = attempt
    if isMoved { call.checkpoint = committed.checkpoint }
    let result = try await harness.call(call, on: stream)
    isMoved = false
    attempt = 0
    commit(result, of: call)
    return result
  }

  private func commit(_ result: CallResult, of call: TestCall) {
    if let state = result.checkpoint { committed.checkpoint = Array(state.utf8) }
    for (name, value) in result.variables { committed.variables.append((name, value)) }
    committed.logFields.merge(result.logFields) { $1 }
    committed.isOver = result.later == .nothing
    if result.responded || call.phase == .response { committed.response = result.response }
    if call.phase == .chunk {
      committed.held = Array(call.payload.suffix(result.hold))
      committed.offset += call.payload.count - result.hold
    }
  }
}
