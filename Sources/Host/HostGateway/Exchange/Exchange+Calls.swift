// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostPools
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
      calls[step].number &+= 1
      calls[step].attempt = 0
      calls[step].started = now
      calls[step].sent = 0
      calls[step].answered = 0
      calls[step].run = 0
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

  /// Nanoseconds that a call may take where neither plugin nor operator says.
  static var defaultDeadline: UInt64 { 5_000_000_000 }

  private func place(_ step: Int) {
    switch worker.server(chain.steps[step].pool).place(self, step: step) {
    case .lane(let lane, let stream): placed(step: step, on: lane, stream: stream)
    case .waits(let waiter):
      calls[step].waiter = waiter
      // Who is not due takes no room that others wait for.
      if !isDue(step) { putOff(step) }
    case .overloaded: isDue(step) ? notPlaced(step: step, .overload) : putOff(step)
    case .unavailable: isDue(step) ? notPlaced(step: step, .unavailable) : putOff(step)
    }
  }

  /// The call's process was lost between the choice and the call: it is placed anew.
  func replace(step: Int) {
    calls[step].waiter = nil
    place(step)
  }

  /// No process takes the call.
  func notPlaced(step: Int, _ outcome: Outcome) {
    calls[step].waiter = nil
    calls[step].isSuspect = false  // it was none that ran
    callFailed(step, outcome)
  }

  /// What the step's next call wants of a process.
  func demand(of step: Int) -> PluginPool.Demand {
    let fallback = calls[step].fallback
    return PluginPool.Demand(
      release: fallback ?? chain.steps[step].release, isExact: fallback != nil,
      stateVersion: calls[step].checkpoint == nil ? nil : calls[step].stateVersion,
      isSuspect: calls[step].isSuspect)
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
    calls[step].answerer = lane
    calls[step].sent = now
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

  /// Whether a call of the step is under way.
  func waits(for step: Int) -> Bool { calls[step].phase != nil && calls[step].early == nil }

  /// The process is gone, and with it the call and the plugin's value. The checkpoint is here.
  func laneLost(step: Int) {
    calls[step].lane = nil
    guard calls[step].early == nil, let phase = calls[step].phase,
      let lane = calls[step].answerer
    else { return }
    let server = worker.server(chain.steps[step].pool)
    lost(step, .died, on: lane)
    calls[step].killed.append(lane.incarnation)
    calls[step].fallback = server.fallback(from: lane.release)
    let loss = calls[step].losses &+ 1
    calls[step].losses = loss
    runAgainSoon(step, phase, loss: loss, after: lane.incarnation, looks: 0)
  }

  /// Others may have died with it, which shows in a moment; and so does whether somebody has killed them, and what the
  /// other event loops have lost.
  private func runAgainSoon(
    _ step: Int, _ phase: Phase, loss: UInt32, after incarnation: UInt64, looks: Int
  ) {
    worker.loop.assumeIsolated().scheduleTask(in: Self.lossDelay) { [self] in
      guard calls[step].phase == phase, calls[step].losses == loss else { return }
      let isAlone = worker.server(chain.steps[step].pool).wasAlone(on: incarnation)
      guard isAlone != nil || looks == Self.lossLooks else {
        return runAgainSoon(step, phase, loss: loss, after: incarnation, looks: looks + 1)
      }
      runAgain(step, phase, isAlone: isAlone ?? false)
    }
  }

  /// From the death of a process to the next try of its calls.
  private static var lossDelay: TimeAmount { .milliseconds(10) }
  /// How often it is waited that long for event loops that are busy.
  private static var lossLooks: Int { 20 }

  /// - Parameter isAlone: no other call was under way on the process, so this one may well be why.
  private func runAgain(_ step: Int, _ phase: Phase, isAlone: Bool) {
    let server = worker.server(chain.steps[step].pool)
    if calls[step].isSuspect {
      // Not before all event loops know of the death: the next suspect must not go to the dead process.
      calls[step].isSuspect = false
      server.suspectEnded()
    }
    calls[step].killed.removeAll { server.isExcused($0) }
    let deaths = calls[step].killed.count
    if deaths >= 3 || deaths == 2 && isAlone { return condemn(step, phase) }
    calls[step].isSuspect = deaths == 2
    callLost(step, phase)
  }

  /// The process has failed the call, which goes on elsewhere.
  private func lost(_ step: Int, _ outcome: Outcome, on lane: PluginLane) {
    calls[step].answerer = nil
    worker.server(chain.steps[step].pool)
      .ended(outcome, on: lane, duration: worker.now() &- calls[step].started)
  }

  /// The call runs again. Where the exchange does not wait for it any more, it is over.
  private func callLost(_ step: Int, _ phase: Phase) {
    guard machine.isWaiting(for: step, phase) else {
      calls[step].phase = nil
      return callEnded(step)
    }
    on { $0.callLost(step: step, phase: phase, &$1) }
  }

  /// Two processes died of the call, or three with it: it is not tried again.
  private func condemn(_ step: Int, _ phase: Phase) {
    let killed = calls[step].killed
    worker.logger.error(
      "a request has killed plugin processes",
      metadata: [
        "plugin": "\(chain.steps[step].plugin)", "phase": "\(phase.name)",
        "killed": "\(killed.count)", "fingerprint": "\(fingerprint(of: step, phase))",
        "route": "\(destination?.routeName ?? "")", "request_id": "\(requestID.text)",
      ])
    worker.server(chain.steps[step].pool).condemned(killed: killed)
    callFailed(step, .died)
  }

  /// Forgets what was about one call. What has failed over stays where it is.
  func callEnded(_ step: Int) {
    calls[step].losses &+= 1
    if !calls[step].killed.isEmpty { calls[step].killed = [] }
    guard calls[step].isSuspect else { return }
    calls[step].isSuspect = false
    worker.server(chain.steps[step].pool).suspectEnded()
  }

  /// The stream's process is to end: the next call goes to another one, if one can take it.
  func moveIfPossible(step: Int) {
    guard let lane = calls[step].lane, lane.isLeaving, calls[step].phase == nil,
      worker.server(chain.steps[step].pool).canMove(demand(of: step), from: lane)
    else { return }
    closeStream(of: step)
  }

  /// No usable reply will come for the call under way.
  func callFailed(_ step: Int, _ outcome: Outcome) {
    guard let phase = calls[step].phase else { return }
    let server = worker.server(chain.steps[step].pool)
    if outcome == .error, let lane = calls[step].answerer,
      let fallback = server.fallback(from: lane.release)
    {
      // A release on trial has failed it; the one before it has not.
      lost(step, outcome, on: lane)
      closeStream(of: step, .failed)
      calls[step].fallback = fallback
      return callLost(step, phase)
    }
    let isDue = isDue(step)
    record(step, phase, outcome)
    calls[step].phase = nil
    closeStream(of: step, outcome == .timeout ? .deadline : .failed)
    callEnded(step)
    if isDue {
      on { $0.callFailed(step: step, phase: phase, outcome, &$1) }
    } else {
      keep(.failed(outcome), step)
    }
  }

  /// The machine no longer waits for the step.
  func cancel(_ step: Int, _ reason: CancelReason) {
    if let phase = calls[step].phase { record(step, phase, .cancelled) }
    calls[step].phase = nil
    calls[step].early = nil
    closeStream(of: step, reason)
    callEnded(step)
  }

  /// Ends the step's stream, if it has one, and its place in the queue.
  func closeStream(of step: Int, _ reason: CancelReason = .done) {
    if let waiter = calls[step].waiter {
      calls[step].waiter = nil
      calls[step].isSuspect = false  // it was none that ran
      worker.server(chain.steps[step].pool).stopWaiting(waiter)
    }
    guard let lane = calls[step].lane else { return }
    calls[step].lane = nil
    lane.close(calls[step].stream, reason)
    worker.server(chain.steps[step].pool).released(lane)
  }

  /// Writes down how the call ended.
  func record(_ step: Int, _ phase: Phase, _ outcome: Outcome) {
    let now = calls[step].answered == 0 ? worker.now() : calls[step].answered
    let duration = now &- calls[step].started
    worker.count(outcome)
    worker.callTimes.record(
      pool: chain.steps[step].pool, phase, outcome, calls[step], now: now)
    if let lane = calls[step].answerer {
      calls[step].answerer = nil
      worker.server(chain.steps[step].pool).ended(outcome, on: lane, duration: duration)
    }
    // It is made again, and that call is told of.
    guard outcome != .superseded else { return }
    if phase != .complete { countPluginTime(from: calls[step].started, to: now) }
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
    for step in calls.indices where calls[step].deadline <= now {
      if calls[step].phase != nil, calls[step].early == nil { callFailed(step, .timeout) }
    }
    checkUpstream(now: now)
  }
}
