// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
public import PluginSDK

/// One exchange of a test, phase by phase. What a call committed (variables, checkpoint) is seen by the next.
public actor HarnessExchange<P: Plugin> {
  private let harness: PluginHarness<P>
  private var stream: UInt32
  private let original: TestRequest
  private var response: TestResponse?
  private var variables: [(name: String, value: Variable)] = []
  private var checkpoint: [UInt8] = []
  private var isMoved = false
  private var attempt = 0
  private var held: [UInt8] = []
  private var offset = 0

  init(harness: PluginHarness<P>, stream: UInt32, request: TestRequest) {
    self.harness = harness
    self.stream = stream
    original = request
  }

  /// Another plugin's variable, for the calls that follow.
  public func set(_ name: String, _ value: Variable) { variables.append((name, value)) }

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
    self.response = response
    var call = TestCall(phase: .response, request: original, response: response)
    if try harness.subscription(.response).wantsBody { call.payload = response.body }
    return try await perform(call)
  }

  /// The head of the response, for the phases that follow, when the plugin has no `response` phase.
  public func respond(_ response: TestResponse) { self.response = response }

  /// The `chunk` phase for one piece. What the plugin held back before is put at its front, as a host does.
  @discardableResult
  public func chunk(_ piece: some Collection<UInt8>, isLast: Bool = false) async throws
    -> CallResult
  {
    var call = TestCall(phase: .chunk, request: original, response: response ?? TestResponse())
    call.payload = held + piece
    call.offset = offset
    call.isLast = isLast
    let result = try await perform(call)
    held = Array(call.payload.suffix(result.hold))
    offset += call.payload.count - result.hold
    return result
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
    try await perform(TestCall(phase: .produce, request: original, response: response))
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
    var call = TestCall(phase: .complete, request: original, response: response)
    let subscription = try harness.subscription(.complete)
    let limit = subscription.bodyLimit == 0 ? Int.max : Int(clamping: subscription.bodyLimit)
    if subscription.requestBody { call.payload = Array(original.body.prefix(limit)) }
    call.requestBodyLength = call.payload.count
    if subscription.responseBody { call.payload += response?.body.prefix(limit) ?? [] }
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

  /// The client left: what runs is cancelled.
  public func cancel() async throws { try await harness.cancel(stream) }

  private func perform(_ call: TestCall) async throws -> CallResult {
    var call = call
    call.variables = variables
    call.attempt = attempt
    if isMoved { call.checkpoint = checkpoint }
    let result = try await harness.call(call, on: stream)
    isMoved = false
    attempt = 0
    if let state = result.checkpoint { checkpoint = Array(state.utf8) }
    for (name, value) in result.variables { variables.append((name, value)) }
    if result.responded { response = result.response }
    if call.phase == .response { response = result.response }
    return result
  }
}
