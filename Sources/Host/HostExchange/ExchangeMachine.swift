// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The life of one exchange, from the request's head to the log: events of client, plugins, upstream and clock in,
/// actions out.
///
/// It knows who is to be asked when; heads, bodies, edits and connections are the driver's. Requests run down the
/// chain, responses back up from where they were made. Three things are kept apart: what a peer did wrong is an event,
/// what raced a cancellation is ignored by name, and what cannot happen is a precondition.
package struct ExchangeMachine {
  package enum State: Equatable {
    /// The head has not arrived.
    case idle
    /// Calls of the request phase are on the way: of the step whose turn it is, the first, and of those that are asked ahead of
    /// theirs. Answers count in the order of the chain; of those that are `ready` the driver has them already.
    case request(waiting: StepMask, ready: StepMask, next: Int)
    /// The step wants the whole body, which is still arriving; the capacity: whoever may choose another try does.
    case awaitingRequestBody(step: Int)
    /// The upstream has the request, or is being connected to.
    case trying
    /// A try failed and the step is asked for the next one.
    case retrying(step: Int, HostError)
    /// A call of the response phase is on the way.
    case response(step: Int)
    /// The step wants the whole body, which is still arriving.
    case awaitingResponseBody(step: Int)
    /// The response's head is with the client, the body flows.
    case flowing
    /// The client has what it gets; the complete phase is at this step.
    case completing(step: Int)
    /// Terminal.
    case finished
  }

  /// What a reply decided, apart from the edits, which the driver has applied.
  package enum Verdict: Equatable {
    case proceed
    /// The reply carries a response of its own.
    case respond(produced: Bool)
    /// Retry phase: no further try.
    case giveUp
    /// Chunk phase: what the piece became.
    case released(ByteBuffer, hold: Int, end: Bool)
    /// Produce phase: the next piece.
    case produced(ByteBuffer, end: Bool)
  }

  package private(set) var state = State.idle
  /// What the subscriptions gave, and what is left of it after the replies' changes.
  package private(set) var subscribed: Plan
  package private(set) var plan: Plan
  package private(set) var source = ResponseSource.none
  package private(set) var tries = 0
  /// Whether the response's head was written: from then on an error can only cut.
  package private(set) var headSent = false
  /// Whether the client's side is over: everything was written, cut or the client left.
  package private(set) var clientDone = false
  private let maximumTries: Int
  private let foresight: Foresight
  private var pipeline = ResponsePipeline()
  private var requestBodyComplete: Bool
  private var responseBodyComplete = false
  private var collected = ByteBuffer()
  private var upstreamActive = false
  /// The step that made the response; the capacity when the upstream did.
  private var maker = StepMask.capacity
  private var producer: Int?
  private var producing = false
  private var clientWritable = true
  private var pipelineActions: [ResponsePipeline.Action] = []

  /// Tries of an upstream at most, whatever a plugin wants.
  package static let tryLimit = 32

  /// - Parameters:
  ///   - plan: the steps that take part in this exchange.
  ///   - hasBody: whether a request body follows the head.
  ///   - maximumTries: how often an upstream may be tried when the failure allows it and no plugin decides.
  ///   - foresight: what the steps are expected to do.
  package init(
    plan: Plan, hasBody: Bool, maximumTries: Int, foresight: Foresight = Foresight()
  ) {
    self.subscribed = plan
    self.plan = plan
    self.requestBodyComplete = !hasBody
    self.maximumTries = maximumTries
    self.foresight = foresight
  }

  /// Bytes of the response that are kept for plugins; a driver stops reading the source above its mark.
  package var bufferedBytes: Int { pipeline.bufferedBytes }

  /// What the step's plugin is shown in its chunk call.
  package func piece(for step: Int) -> ResponsePipeline.Piece? { pipeline.piece(for: step) }

  /// The request's body came with its head.
  package mutating func requestBodyCame() {
    precondition(state == .idle, "afterwards the end of the body is an event")
    requestBodyComplete = true
  }

  /// The request's head is there and the route is found.
  package mutating func started(_ actions: inout [ExchangeAction]) {
    precondition(state == .idle, "an exchange starts once")
    runRequest(from: 0, &actions)
  }

  /// The exchange never reaches a chain: it is answered with an error of the host.
  package mutating func refused(_ error: HostError, _ actions: inout [ExchangeAction]) {
    guard !isOver else { return }
    fail(error, below: 0, &actions)
  }

  /// The last byte of the request's body is there.
  package mutating func requestBodyFinished(_ actions: inout [ExchangeAction]) {
    requestBodyComplete = true
    if case .awaitingRequestBody(let step) = state { runRequest(from: step, &actions) }
  }

  /// The request's body is larger than the host takes, or it is not well formed.
  package mutating func requestFailed(_ error: HostError, _ actions: inout [ExchangeAction]) {
    switch state {
    case .idle, .request, .awaitingRequestBody, .trying, .retrying:
      cancelCalls(.failed, &actions)
      fail(error, below: requestPosition, &actions)
    case .response, .awaitingResponseBody, .flowing, .completing, .finished:
      return  // answered before the body was over: the client's connection ends after the response
    }
  }

  /// The request's body is larger than the step takes that waits for it.
  package mutating func requestBodyTooLarge(step: Int, _ actions: inout [ExchangeAction]) {
    guard case .awaitingRequestBody(step) = state else { return }
    if plan.open.contains(step) {
      plan.request.remove(step)
      runRequest(from: step + 1, &actions)
    } else {
      fail(.plugin(.tooLarge), below: step, &actions)
    }
  }

  /// Takes steps out of a phase that has not begun: their condition does not hold.
  package mutating func exclude(_ steps: StepMask, from phase: Phase) {
    switch phase {
    case .request: plan.request = plan.request.subtracting(steps)
    case .retry: plan.retry = plan.retry.subtracting(steps)
    case .response: plan.response = plan.response.subtracting(steps)
    case .chunk, .produce:
      plan.copy = plan.copy.subtracting(steps)
      plan.transform = plan.transform.subtracting(steps)
    case .complete: plan.complete = plan.complete.subtracting(steps)
    }
  }

  /// The step that is being asked has told who the client is, for whom other instances may run: behind the step the plan is
  /// another one. Steps that were asked keep their place, and what replies have changed of it.
  ///
  /// - Parameter subscribed: the steps of the new chain that take part in this exchange.
  package mutating func chainChanged(
    behind step: Int, subscribed: Plan, _ actions: inout [ExchangeAction]
  ) {
    precondition(isTurn(of: step), "only the answer that counts now says who the client is")
    takeBack(from: step + 1, &actions)
    self.subscribed = self.subscribed.joined(with: subscribed, from: step + 1)
    plan = plan.joined(with: subscribed, from: step + 1)
  }

  /// The step's reply was read whole, checked, and its edits are applied.
  package mutating func replied(
    step: Int, phase: Phase, _ verdict: Verdict, changes: [PhaseChange],
    _ actions: inout [ExchangeAction]
  ) {
    for change in changes { plan.apply(change, to: step, subscribed: subscribed) }
    switch (state, phase) {
    case (.request(let waiting, _, _), .request):
      guard waiting.contains(step) else { return }
      requestReplied(step, verdict, &actions)
    case (.retrying(step, let error), .retry):
      if verdict == .giveUp || tries >= Self.tryLimit {
        fail(error, below: StepMask.capacity, &actions)
      } else if case .respond(let produced) = verdict {
        adopt(step, produced: produced, &actions)
      } else {
        startTry(&actions)
      }
    case (.response(step), .response):
      if case .respond(let produced) = verdict {
        stopUpstream(&actions)
        adopt(step, produced: produced, &actions)
      } else {
        runResponse(below: step, &actions)
      }
    case (.flowing, .chunk):
      if case .released(let output, let hold, let end) = verdict {
        pipeline.replied(
          step: step, output: output, hold: hold, end: end, &pipelineActions)
        obeyPipeline(&actions)
      }
    case (.flowing, .produce):
      guard producer == step, producing else { return }
      producing = false
      if case .produced(let piece, let end) = verdict {
        if piece.readableBytes > 0 { pipeline.received(piece, &pipelineActions) }
        if end {
          producer = nil
          pipeline.sourceFinished(&pipelineActions)
        }
        obeyPipeline(&actions)
        pull(&actions)
      }
    case (.completing(step), .complete):
      runComplete(from: step + 1, &actions)
    default:
      return  // the reply raced a cancellation
    }
  }

  /// The step was not called: its condition does not hold for what it would have been shown.
  package mutating func skipped(
    step: Int, phase: Phase, _ actions: inout [ExchangeAction]
  ) {
    if phase == .chunk, state == .flowing {
      pipeline.passed(step: step, &pipelineActions)
      obeyPipeline(&actions)
    } else {
      replied(step: step, phase: phase, .proceed, changes: [], &actions)
    }
  }

  /// The process that the step's call ran on is of no use for it: it runs again on another one. The driver sees to it that
  /// there is an end to this.
  package mutating func callLost(
    step: Int, phase: Phase, _ actions: inout [ExchangeAction]
  ) {
    if isWaiting(for: step, phase) { actions.append(.call(step: step, phase: phase)) }
  }

  /// The step's call ended without a usable reply.
  package mutating func callFailed(
    step: Int, phase: Phase, _ outcome: Outcome, _ actions: inout [ExchangeAction]
  ) {
    let survives = plan.open.contains(step)
    switch (state, phase) {
    case (.request(let waiting, _, _), .request):
      guard waiting.contains(step) else { return }
      precondition(isTurn(of: step), "failures count in the order of the chain, as answers do")
      if survives {
        requestReplied(step, .proceed, &actions)
      } else {
        cancelCalls(.failed, except: step, &actions)
        fail(.plugin(outcome), below: step, &actions)
      }
    case (.retrying(step, let error), .retry):
      fail(error, below: StepMask.capacity, &actions)
    case (.response(step), .response), (.awaitingResponseBody(step), .response):
      // A body that is too large to be collected stays the exchange's: what is there flows on.
      if survives {
        runResponse(below: step, &actions)
      } else {
        stopUpstream(&actions)
        fail(.plugin(outcome), below: step, &actions)
      }
    case (.flowing, .chunk):
      if survives || !plan.transform.contains(step) {
        pipeline.passed(step: step, &pipelineActions)
        obeyPipeline(&actions)
      } else {
        cut(.plugin(outcome), failed: step, &actions)
      }
    case (.flowing, .produce):
      guard producer == step, producing else { return }
      cut(.plugin(outcome), failed: step, &actions)
    case (.completing(step), .complete):
      runComplete(from: step + 1, &actions)
    default:
      return  // it raced a cancellation
    }
  }

  /// The upstream's head (not an informational one) is there.
  package mutating func upstreamResponded(hasBody: Bool, _ actions: inout [ExchangeAction]) {
    guard state == .trying else { return }
    source = .upstream
    responseBodyComplete = !hasBody
    if !hasBody { upstreamActive = false }
    runResponse(below: StepMask.capacity, &actions)
  }

  /// Bytes of the upstream's body.
  package mutating func upstreamBody(_ bytes: ByteBuffer, _ actions: inout [ExchangeAction]) {
    guard upstreamActive else { return }
    if state == .flowing {
      pipeline.received(bytes, &pipelineActions)
      obeyPipeline(&actions)
    } else {
      var bytes = bytes
      if collected.readableBytes == 0 { collected = bytes } else { collected.writeBuffer(&bytes) }
    }
  }

  /// The upstream's body is over as its framing says.
  package mutating func upstreamFinished(_ actions: inout [ExchangeAction]) {
    guard upstreamActive else { return }
    upstreamActive = false
    responseBodyComplete = true
    switch state {
    case .flowing:
      pipeline.sourceFinished(&pipelineActions)
      obeyPipeline(&actions)
    case .awaitingResponseBody(let step):
      runResponse(below: step + 1, &actions)
    default:
      return  // a call of the response phase is on the way; the body waits in `collected`
    }
  }

  /// The upstream could not be reached, broke its connection or its framing, or took too long.
  ///
  /// - Parameter repeatable: nothing that counts has reached the upstream.
  package mutating func upstreamFailed(
    _ error: HostError, repeatable: Bool, _ actions: inout [ExchangeAction]
  ) {
    upstreamActive = false
    switch state {
    case .trying:
      if let step = plan.retry.first(from: 0) {
        state = .retrying(step: step, error)
        actions.append(.call(step: step, phase: .retry))
      } else if repeatable, tries < maximumTries {
        startTry(&actions)
      } else {
        fail(error, below: StepMask.capacity, &actions)
      }
    case .response(let step):
      // The body is gone, so the reply under way decides about nothing.
      actions.append(.cancel(step: step, .failed))
      fail(error, below: step, &actions)
    case .awaitingResponseBody(let step):
      fail(error, below: step + 1, &actions)
    case .flowing:
      cut(error, &actions)
    case .idle, .request, .awaitingRequestBody, .retrying, .completing, .finished:
      return  // it raced the end of the try
    }
  }

  /// The client's connection can take more, or not.
  package mutating func clientWritability(_ writable: Bool, _ actions: inout [ExchangeAction]) {
    clientWritable = writable
    if state == .flowing { pull(&actions) }
  }

  /// The client closed its connection, or broke it.
  package mutating func clientLeft(_ actions: inout [ExchangeAction]) {
    guard !clientDone, !isOver else { return }
    clientDone = true
    if state == .flowing {
      // Copies in flight go on: they tell what was received, which is what accounting is about.
      stopFlow(.clientGone, &actions)
      stopUpstream(&actions)
      pipeline.abandoned(&pipelineActions)
      obeyPipeline(&actions)
    } else {
      cancelCalls(.clientGone, &actions)
      stopUpstream(&actions)
      runComplete(from: 0, &actions)
    }
  }
}

// MARK: - The request, down the chain

extension ExchangeMachine {
  private var isOver: Bool {
    switch state {
    case .completing, .finished: true
    default: false
    }
  }

  private var requestPosition: Int {
    switch state {
    case .request(let waiting, _, _): waiting.first(from: 0) ?? 0
    case .awaitingRequestBody(let step): step
    case .idle: 0
    default: StepMask.capacity
    }
  }

  /// Whether the step's call decides about how the exchange goes on.
  package func isWaiting(for step: Int, _ phase: Phase) -> Bool {
    switch (state, phase) {
    case (.request(let waiting, _, _), .request): waiting.contains(step)
    case (.retrying(step, _), .retry), (.response(step), .response): true
    case (.flowing, .chunk): pipeline.piece(for: step) != nil
    case (.flowing, .produce): producing && producer == step
    case (.completing(step), .complete): true
    default: false
    }
  }

  private mutating func runRequest(from step: Int, _ actions: inout [ExchangeAction]) {
    guard let first = plan.request.first(from: step) else {
      // Who may be asked for another try must have something to send again.
      guard plan.retry.isEmpty || requestBodyComplete else {
        state = .awaitingRequestBody(step: StepMask.capacity)
        return actions.append(.collectRequestBody)
      }
      return startTry(&actions)
    }
    if plan.requestBody.contains(first), !requestBodyComplete {
      state = .awaitingRequestBody(step: first)
      return actions.append(.collectRequestBody)
    }
    let (waiting, next) = asked(from: first)
    state = .request(waiting: waiting, ready: .none, next: next)
    for step in waiting { actions.append(.call(step: step, phase: .request)) }
  }

  /// The step whose turn it is, and those that can be asked with it: neighbours of which none edits what the other sees,
  /// because they say so or as far as can be foreseen.
  private func asked(from first: Int) -> (steps: StepMask, next: Int) {
    var steps = StepMask.none
    var next = first
    var limit = StepMask.capacity
    var areInspectors = true
    while let step = plan.request.first(from: next) {
      let inspects = plan.inspects.contains(step)
      if next > first {
        guard areInspectors && inspects || step < limit && !foresight.acting.contains(step),
          requestBodyComplete || !plan.requestBody.contains(step)
        else { break }
      }
      steps.insert(step)
      next = step + 1
      areInspectors = areInspectors && inspects
      limit = min(limit, foresight.reach(of: step))
    }
    return (steps, next)
  }

  private mutating func requestReplied(
    _ step: Int, _ verdict: Verdict, _ actions: inout [ExchangeAction]
  ) {
    guard case .request(var waiting, let ready, let next) = state else { return }
    precondition(isTurn(of: step), "answers count in the order of the chain")
    waiting.remove(step)
    if case .respond(let produced) = verdict {
      // Those behind it in the chain would not have been asked.
      for later in waiting { actions.append(.cancel(step: later, .done)) }
      return adopt(step, produced: produced, &actions)
    }
    guard let first = waiting.first(from: 0) else { return runRequest(from: next, &actions) }
    state = .request(waiting: waiting, ready: ready, next: next)
    if ready.contains(first) { actions.append(.settle(step: first)) }
  }

  /// Whether the step's answer, which has come, counts now. Those of steps that are asked ahead of their turn are kept.
  package func isTurn(of step: Int) -> Bool {
    guard case .request(let waiting, _, _) = state else { return true }
    return waiting.first(from: 0) == step
  }

  /// Whether the step and all that are waited for before it have said that they only inspect.
  package func waitsForInspectors(_ step: Int) -> Bool {
    guard case .request(let waiting, _, _) = state, plan.inspects.contains(step) else {
      return false
    }
    return waiting.before(step).subtracting(plan.inspects).isEmpty
  }

  /// The answer of a step whose turn has not come is with the driver; see ``ExchangeAction/settle(step:)``.
  package mutating func answeredAhead(_ step: Int) {
    guard case .request(let waiting, var ready, let next) = state, waiting.contains(step),
      !isTurn(of: step)
    else { return }
    ready.insert(step)
    state = .request(waiting: waiting, ready: ready, next: next)
  }

  /// The step, and with it those behind it, cannot be asked ahead of its turn: what it was shown has changed, or it would do
  /// what must not be done before.
  package mutating func takeBack(from step: Int, _ actions: inout [ExchangeAction]) {
    guard case .request(let waiting, let ready, let next) = state else { return }
    let left = waiting.before(step)
    guard !left.isEmpty else { return }  // its turn has come, or it raced a cancellation
    for later in waiting.from(step) { actions.append(.takeBack(step: later)) }
    state = .request(waiting: left, ready: ready.before(step), next: min(next, step))
  }

  private mutating func startTry(_ actions: inout [ExchangeAction]) {
    state = .trying
    tries += 1
    upstreamActive = true
    actions.append(.startTry)
  }
}

// MARK: - The response, back up

extension ExchangeMachine {
  private mutating func adopt(_ step: Int, produced: Bool, _ actions: inout [ExchangeAction]) {
    source = .plugin
    maker = step
    producer = produced ? step : nil
    responseBodyComplete = !produced
    collected = ByteBuffer()
    actions.append(.adoptResponse(step: step))
    runResponse(below: step, &actions)
  }

  private mutating func fail(
    _ error: HostError, below step: Int, _ actions: inout [ExchangeAction]
  ) {
    guard !clientDone else { return runComplete(from: 0, &actions) }
    if state == .trying { stopUpstream(&actions) }
    source = .host
    producer = nil
    responseBodyComplete = true
    collected = ByteBuffer()
    actions.append(.adoptError(error))
    runResponse(below: step, &actions)
  }

  private mutating func runResponse(below step: Int, _ actions: inout [ExchangeAction]) {
    guard let next = plan.response.last(before: step) else { return sendHead(&actions) }
    if plan.responseBody.contains(next), !responseBodyComplete, producer == nil {
      state = .awaitingResponseBody(step: next)
      return actions.append(.collectResponseBody)
    }
    state = .response(step: next)
    actions.append(.call(step: next, phase: .response))
  }

  private mutating func sendHead(_ actions: inout [ExchangeAction]) {
    // The chunk phase concerns the steps before the one that made the response. Errors of the host are never shown in
    // pieces: they are whole and short.
    if source != .host {
      pipeline = ResponsePipeline(plan: plan, below: maker)
    }
    state = .flowing
    headSent = true
    let isTransformed = pipeline.hasStages && !plan.transform.before(maker).isEmpty
    if responseBodyComplete, !isTransformed {
      actions.append(.sendHead(.whole))
    } else {
      actions.append(.sendHead(isTransformed || producer != nil ? .open : .unchanged))
    }
  }

  /// The driver has written the head and hands over the body as far as it is here: all of a whole body, else what
  /// the source had sent before the chain was through.
  package mutating func headWritten(body: ByteBuffer, _ actions: inout [ExchangeAction]) {
    precondition(state == .flowing, "the head is written once, when the chain is through")
    if body.readableBytes > 0 { pipeline.received(body, &pipelineActions) }
    if responseBodyComplete { pipeline.sourceFinished(&pipelineActions) }
    obeyPipeline(&actions)
    pull(&actions)
  }

  /// The bytes of the upstream's body that came before the chain was through.
  package mutating func takeCollected() -> ByteBuffer {
    defer { collected = ByteBuffer() }
    return collected
  }

  /// How much of the response's body is collected.
  package var collectedBytes: Int { collected.readableBytes }

  /// A plugin's edit of the collected body.
  package mutating func replaceCollected(_ body: ByteBuffer) { collected = body }

  /// The collected body, whole when a step that wants it is called.
  package var collectedBody: ByteBuffer { collected }

  private mutating func obeyPipeline(_ actions: inout [ExchangeAction]) {
    for action in pipelineActions {
      switch action {
      case .call(let step): actions.append(.call(step: step, phase: .chunk))
      case .deliver(let bytes): actions.append(.deliver(bytes))
      case .stopSource:
        producer = nil
        stopUpstream(&actions)
      case .end:
        clientDone = true
        actions.append(.endResponse)
      }
    }
    pipelineActions.removeAll(keepingCapacity: true)
    if state == .flowing, clientDone, pipeline.isSettled { runComplete(from: 0, &actions) }
  }

  private mutating func pull(_ actions: inout [ExchangeAction]) {
    guard let producer, !producing, clientWritable, !clientDone, pipeline.bufferedBytes == 0
    else { return }
    producing = true
    actions.append(.call(step: producer, phase: .produce))
  }

  /// Breaks the response off. Copies in flight go on, and then see the end: what was received is accounted for.
  private mutating func cut(
    _ error: HostError, failed step: Int? = nil, _ actions: inout [ExchangeAction]
  ) {
    stopUpstream(&actions)
    stopFlow(.failed, except: step, &actions)
    guard !clientDone else { return runComplete(from: 0, &actions) }
    clientDone = true
    actions.append(.cutResponse(error))
    pipeline.abandoned(&pipelineActions)
    obeyPipeline(&actions)
  }

  /// Ends what stands between the source and the client.
  private mutating func stopFlow(
    _ reason: CancelReason, except failed: Int? = nil, _ actions: inout [ExchangeAction]
  ) {
    for step in plan.transform where step != failed && pipeline.piece(for: step) != nil {
      actions.append(.cancel(step: step, reason))
    }
    if producing, let producer, producer != failed {
      actions.append(.cancel(step: producer, reason))
    }
    producer = nil
    producing = false
  }

  private mutating func stopUpstream(_ actions: inout [ExchangeAction]) {
    guard upstreamActive else { return }
    upstreamActive = false
    actions.append(.abortUpstream)
  }
}

// MARK: - The end

extension ExchangeMachine {
  private mutating func cancelCalls(
    _ reason: CancelReason, except spared: Int? = nil, _ actions: inout [ExchangeAction]
  ) {
    switch state {
    case .request(let waiting, _, _):
      for step in waiting where step != spared { actions.append(.cancel(step: step, reason)) }
    case .retrying(let step, _), .response(let step):
      if step != spared { actions.append(.cancel(step: step, reason)) }
    default:
      return
    }
  }

  private mutating func runComplete(from step: Int, _ actions: inout [ExchangeAction]) {
    guard let next = plan.complete.first(from: step) else {
      guard state != .finished else { return }
      state = .finished
      return actions.append(.finish)
    }
    state = .completing(step: next)
    actions.append(.call(step: next, phase: .complete))
  }
}
