// SPDX-License-Identifier: Apache-2.0

import HostExchange
import Logging
import NIOCore
import PluginProtocol

// Calls to the plugins of the chain: placing them, sending them, and what becomes of them when no reply comes.
extension Exchange {
  /// Asks the step's plugin, on the stream that it has or on a new one.
  func call(_ step: Int, _ phase: Phase) {
    if chain.isConditional, !isMeant(step, phase) {
      return on { $0.skipped(step: step, phase: phase, &$1) }
    }
    let now = worker.now()
    if calls[step].phase == phase {
      calls[step].attempt += 1  // the machine runs the same call again
    } else {
      calls[step].ordinal &+= 1
      calls[step].attempt = 0
      calls[step].started = now
      let allowed = chain.steps[step][phase]?.deadline ?? Self.defaultDeadline
      calls[step].deadline = now &+ allowed
    }
    calls[step].phase = phase
    guard !isTooLarge(step, phase) else { return callFailed(step, .tooLarge) }
    if calls[step].lane != nil { return send(step, phase, now: now) }
    place(step)
  }

  /// Whether the step would be shown a longer body than it takes.
  private func isTooLarge(_ step: Int, _ phase: Phase) -> Bool {
    guard phase == .request || phase == .retry, machine.plan.requestBody.contains(step) else {
      return false
    }
    return request.body.bytes.readableBytes > chain.steps[step][phase]?.bodyLimit ?? .max
  }

  /// Whether the step's condition holds. Those on requests were looked at when the plan was made.
  private func isMeant(_ step: Int, _ phase: Phase) -> Bool {
    guard phase == .response || phase == .chunk || phase == .complete,
      let condition = chain.steps[step][phase]?.condition
    else { return true }
    return condition.holds(for: request, response)
  }

  /// Nanoseconds, for a phase without a subscription of its own.
  static var defaultDeadline: UInt64 { 5_000_000_000 }

  private func place(_ step: Int) {
    switch worker.server(chain.steps[step].pool).place(self, step: step) {
    case .lane(let lane, let stream): placed(step: step, on: lane, stream: stream)
    case .waits(let waiter): calls[step].waiter = waiter
    case .overloaded: callFailed(step, .overload)
    }
  }

  /// The call's process was lost between the choice and the call: it is placed anew.
  func replace(step: Int) {
    calls[step].waiter = nil
    place(step)
  }

  /// A process takes the call.
  func placed(step: Int, on lane: PluginLane, stream: UInt32) {
    calls[step].waiter = nil
    calls[step].lane = lane
    calls[step].stream = stream
    calls[step].isFresh = true
    guard let phase = calls[step].phase else {
      return closeStream(of: step)  // it was cancelled while it waited
    }
    send(step, phase, now: worker.now())
  }

  private func send(_ step: Int, _ phase: Phase, now: UInt64) {
    guard let lane = calls[step].lane else { return }
    let isLast = isLastCall(of: step, phase)
    let (message, payload) = callMessage(step, phase, now: now)
    let isSent = lane.call(calls[step].stream, message, payload: payload, last: isLast)
    worker.arena.reset()
    guard isSent else { return callFailed(step, .tooLarge) }
    calls[step].isFresh = false
  }

  /// Whether nothing in the plan calls the step after this.
  private func isLastCall(of step: Int, _ phase: Phase) -> Bool {
    let plan = machine.plan
    guard phase != .complete else { return true }
    guard !plan.complete.contains(step) else { return false }
    let streams =
      chain.steps[step][.produce] != nil || plan.copy.union(plan.transform).contains(step)
    return switch phase {
    case .request, .retry: !streams && !plan.response.contains(step) && !plan.retry.contains(step)
    case .response: !streams
    case .chunk: machine.piece(for: step)?.isLast ?? false
    case .produce, .complete: false
    }
  }

  /// The process is gone, and with it the call and the plugin's value. The checkpoint is here.
  func laneLost(step: Int) {
    let waits = calls[step].phase != nil
    calls[step].lane = nil
    if waits { callFailed(step, .died) }
  }

  /// No usable reply will come for the call under way.
  func callFailed(_ step: Int, _ outcome: Outcome) {
    guard let phase = calls[step].phase else { return }
    record(step, phase, outcome)
    if outcome != .died {
      calls[step].phase = nil
      closeStream(of: step, outcome == .timeout ? .deadline : .failed)
    }
    on { $0.callFailed(step: step, phase: phase, outcome, &$1) }
    if calls[step].phase == phase, calls[step].lane == nil, calls[step].waiter == nil {
      calls[step].phase = nil  // it was not run again
    }
  }

  /// The machine no longer waits for the step.
  func cancel(_ step: Int, _ reason: CancelReason) {
    if let phase = calls[step].phase { record(step, phase, .cancelled) }
    calls[step].phase = nil
    closeStream(of: step, reason)
  }

  /// Ends the step's stream, if it has one, and its place in the queue.
  func closeStream(of step: Int, _ reason: CancelReason = .done) {
    if let waiter = calls[step].waiter {
      calls[step].waiter = nil
      worker.server(chain.steps[step].pool).stopWaiting(waiter)
    }
    guard let lane = calls[step].lane else { return }
    calls[step].lane = nil
    lane.close(calls[step].stream, reason)
    worker.server(chain.steps[step].pool).released(lane)
  }

  /// Writes down how the call ended.
  func record(_ step: Int, _ phase: Phase, _ outcome: Outcome) {
    let duration = worker.now() &- calls[step].started
    worker.count(outcome)
    facts.pluginTime &+= phase == .complete ? 0 : duration
    // Pieces are many: only what went wrong with them is worth a line.
    guard phase != .chunk && phase != .produce || outcome != .ok else { return }
    facts.outcomes.append(
      CallRecord(step: step, phase: phase, outcome: outcome, duration: duration))
    guard outcome != .ok, outcome != .responded, outcome != .cancelled else { return }
    worker.logger.warning(
      "plugin call failed",
      metadata: [
        "plugin": "\(chain.steps[step].plugin)", "phase": "\(phase.name)",
        "outcome": "\(outcome.name)", "request_id": "\(requestID.text)",
      ])
  }

  /// Looks at the deadlines.
  func timePassed(now: UInt64) {
    for step in calls.indices where calls[step].phase != nil && calls[step].deadline <= now {
      callFailed(step, .timeout)
    }
    if let upstream, let destination { checkUpstream(upstream, destination, now: now) }
  }

  /// The upstream's timeouts run while it is its turn: to take the request, or to answer it.
  private func checkUpstream(
    _ upstream: UpstreamConnection, _ destination: Destination, now: UInt64
  ) {
    guard !upstream.isPaused else { return }
    switch machine.state {
    case .trying, .flowing, .awaitingResponseBody: break
    default: return  // it waits for a plugin
    }
    if request.isComplete {
      if now &- upstream.lastActivity > destination.readTimeout { upstream.timedOut() }
    } else if upstream.isWritable {
      upstream.touch(now)  // it waits for the client, who has timeouts of its own
    } else if now &- upstream.lastActivity > destination.writeTimeout {
      upstream.timedOut()
    }
  }
}
