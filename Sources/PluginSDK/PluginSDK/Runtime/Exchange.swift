// SPDX-License-Identifier: Apache-2.0

/// One exchange as one instance sees it: a stream of calls, answered one after the other.
///
/// It is the executor of its calls' tasks, so that the loop knows whose job it runs. The subclass adds
/// the copy of the plugin's value.
///
/// Unchecked: it is touched on the loop's thread only.
class Exchange: TaskExecutor, @unchecked Sendable {
  let loop: EventLoop
  let stream: UInt32
  let instance: Instance
  /// Where replies and service calls go; nil once the stream is over.
  private(set) weak var link: (any ExchangeLink)?

  /// The call that waits for its answer.
  private(set) var activeCall: ReceivedCall?
  /// Measurements through the ``Host`` since the call began.
  var metrics = MetricList()
  /// Suspended service calls.
  var waiting: [Waiter: UnsafeContinuation<ServiceReply, any Error>] = [:]
  /// The state as the host has it.
  var committedState: CommittedState
  private var task: Task<Void, Never>?
  private var deadlineTimer: TimerHeap.ID?
  private var isPastDeadline = false
  private var lastWaiter: UInt32 = 0
  private var serviceSequence: UInt32 = 0

  init(instance: Instance, stream: UInt32, loop: EventLoop, link: (any ExchangeLink)?) {
    self.instance = instance
    self.stream = stream
    self.loop = loop
    self.link = link
    committedState = instance.initialState
  }

  func enqueue(_ job: consuming ExecutorJob) {
    loop.enqueue(UnownedJob(job), for: self)
  }

  /// Starts a call. One that never suspends is answered when this returns.
  func begin(_ call: ReceivedCall) {
    activeCall = call
    serviceSequence = 0
    isPastDeadline = false
    let task = loop.run(for: self) {
      Task.immediate(executorPreference: self) { await self.perform(call) }
    }
    guard activeCall === call else { return }
    self.task = task
    if call.deadline != .max {
      let now = loop.now
      deadlineTimer = loop.schedule(after: call.deadline > now ? call.deadline - now : 0) {
        [weak self] in self?.deadlinePassed()
      }
    }
  }

  private func perform(_ call: ReceivedCall) async {
    var draft: ReplyDraft
    do {
      guard let handler = instance.handlers[call.phase] else {
        throw CallError(code: "unknown-phase", message: "the plugin does not know this phase")
      }
      draft = try await handler(self, call)
      try draft.check(against: call, of: instance)
      draft.endsStream = !call.endsStream && draft.leavesNothing(after: call.phase, of: instance)
      // Behind the last call nobody needs it.
      if !call.endsStream, !draft.endsStream, let state = try instance.stateCoder?.changed(self) {
        committedState = state
        draft.checkpoint = state.bytes
      }
    } catch {
      draft = ReplyDraft(callError(for: error))
    }
    finish(call, with: draft)
  }

  private func finish(_ call: ReceivedCall, with draft: consuming ReplyDraft) {
    if !metrics.metrics.isEmpty {
      draft.effects.metrics.metrics += metrics.metrics
      metrics.metrics.removeAll(keepingCapacity: true)
    }
    if let deadlineTimer { loop.cancel(deadlineTimer) }
    deadlineTimer = nil
    task = nil
    activeCall = nil
    abandonWaiting()
    link?.answered(call, on: self, with: draft)
  }

  /// The stream is over; a running call is cancelled, and its reply dropped.
  func end() {
    link = nil
    task?.cancel()
  }

  private func deadlinePassed() {
    deadlineTimer = nil
    isPastDeadline = true
    task?.cancel()
  }

  /// What the host learns of an error: never its contents, unless it was made for that.
  private func callError(for error: any Error) -> CallError {
    switch error {
    case let error as CallError: error
    case let error as HostError:
      CallError(code: error.code, message: "a host service failed: \(error.message)")
    case is CancellationError where isPastDeadline:
      CallError(code: "deadline", message: "the call did not end within its time")
    case is CancellationError:
      CallError(code: "cancelled", message: "the call was cancelled")
    default:
      CallError(code: "error", message: "the plugin failed with \(type(of: error))")
    }
  }
}

// Service calls of the active call.
extension Exchange {
  func nextWaiter() -> Waiter {
    lastWaiter &+= 1
    return Waiter(number: lastWaiter)
  }

  func startService(_ operation: ServiceOperation, waiter: Waiter) {
    guard let link, let call = activeCall else {
      finish(waiter, .failure(HostError.noCall))
      return
    }
    link.callService(operation, sequence: serviceSequence, of: call, on: self, waiter: waiter)
    serviceSequence += 1
  }

  func finish(_ waiter: Waiter, _ result: Result<ServiceReply, any Error>) {
    waiting.removeValue(forKey: waiter)?.resume(with: result)
  }

  /// Tasks that outlive their call have lost their services.
  private func abandonWaiting() {
    guard !waiting.isEmpty else { return }
    for waiter in Array(waiting.keys) { finish(waiter, .failure(HostError.noCall)) }
  }
}

/// What an exchange needs of its connection.
protocol ExchangeLink: AnyObject {
  func answered(_ call: ReceivedCall, on exchange: Exchange, with draft: ReplyDraft)
  func callService(
    _ operation: ServiceOperation, sequence: UInt32, of call: ReceivedCall, on exchange: Exchange,
    waiter: Waiter)
}

/// An exchange with its own copy of the plugin's value.
final class PluginExchange<P: Plugin>: Exchange, @unchecked Sendable {
  var plugin: P

  init(
    plugin: P, instance: Instance, stream: UInt32, loop: EventLoop, link: (any ExchangeLink)?
  ) {
    self.plugin = plugin
    super.init(instance: instance, stream: stream, loop: loop, link: link)
  }
}
