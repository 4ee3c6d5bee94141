// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
import HostExchange
import HostHTTP
import HostPools
import HostServices
import Logging
import NIOCore
import PluginProtocol

/// A plugin edited what it may not, or in a way that cannot be: its call failed.
private struct BadEdit: Error {}

// A reply is committed here: its edits are checked and applied, and then the machine goes on.
extension Exchange {
  /// The step's reply was read whole. Answers with a violation when it is none to the call under way; then nothing of
  /// it counts.
  ///
  /// - Parameters:
  ///   - meta: the bytes of the message.
  ///   - endsStream: either end has said that no further call comes.
  func replied(
    step: Int, _ message: UnsafeMutablePointer<Patchbay__Plugin__V1__Reply>, meta: ByteBuffer,
    payload: ByteBuffer, endsStream: Bool
  ) -> ProtocolViolation? {
    guard let phase = calls[step].phase, let lane = calls[step].lane else {
      worker.countLate()
      return nil
    }
    let reply = message.pointee
    guard reply.exchange == id, reply.attempt == calls[step].attempt else {
      return .mismatchedReply
    }
    if endsStream {
      calls[step].lane = nil
      worker.server(chain.steps[step].pool).released(lane)
    }
    guard isDue(step) else {
      keep(.reply(message: meta, payload: payload, isLast: endsStream), step)
      return nil
    }
    return committed(step, phase, reply, payload, isLast: endsStream)
  }

  /// The reply is the next to count.
  func committed(
    _ step: Int, _ phase: Phase, _ reply: Patchbay__Plugin__V1__Reply, _ payload: ByteBuffer,
    isLast: Bool
  ) -> ProtocolViolation? {
    if let error = reply.error?.pointee {
      logError(error, step)
      // Both ends watch the deadline, and either may be first.
      let isTimeout = String(field: error.code) == Self.deadlineCode
      callFailed(step, isTimeout ? .timeout : .error)
      return nil
    }
    var payload = payload
    let undo = ReplyUndo(reply, self, step, phase)
    do {
      let verdict = try commit(reply, step, phase, &payload)
      calls[step].run = ServiceHost.saturating(reply.run_us, times: 1000)
      let outcome: Outcome = if case .respond = verdict { .responded } else { .ok }
      record(step, phase, outcome)
      calls[step].phase = nil
      callEnded(step)
      moveIfPossible(step: step)
      let concerned = concern(of: reply, step, phase, verdict)
      let changes = isLast ? PhaseChange.nothingFollows : Self.changes(of: reply)
      on {
        if concerned < StepMask.capacity { $0.takeBack(from: concerned, &$1) }
        $0.replied(step: step, phase: phase, verdict, changes: changes, &$1)
      }
      return nil
    } catch {
      undo.perform(self, step)
      if let violation = error as? ProtocolViolation { return violation }
      if let problem = error as? Authorization.Problem { logProblem(problem, step) }
      if let problem = error as? IdentityProblem { logProblem(problem, step) }
      callFailed(step, .error)
      return nil
    }
  }

  /// What a plugin says whose call ran out of its budget.
  private static var deadlineCode: String { "deadline" }

  private func logError(_ error: Patchbay__Plugin__V1__Failure, _ step: Int) {
    worker.logger.warning(
      "plugin answered with an error",
      metadata: [
        "plugin": "\(chain.steps[step].plugin)",
        "code": "\(String(field: error.code) ?? "?")",
        "message": "\(String(field: error.message) ?? "?")",
        "request_id": "\(requestID.text)",
      ])
  }

  private func commit(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ phase: Phase, _ payload: inout ByteBuffer
  ) throws -> ExchangeMachine.Verdict {
    let splices = try takeSplices(reply, step, &payload)
    // Before the edits, for it speaks of the body as it was shown.
    let isKnown = try identify(reply, step, phase)
    let verdict: ExchangeMachine.Verdict
    switch phase {
    case .request, .retry:
      let response = try respondVerdict(reply, step, &payload)
      if let response, !isKnown {
        verdict = response
      } else {
        calls[step].response = nil
        verdict = reply.give_up != 0 ? .giveUp : .proceed
      }
      // What is edited of a request whose credential is nobody's is not for those who write logs.
      if isKnown || reply.authenticate?.pointee.presented == nil {
        try editRequest(reply, splices, step)
      }
    case .response:
      try editResponse(reply, splices, step)
      verdict = try respondVerdict(reply, step, &payload) ?? .proceed
    case .chunk:
      verdict = try chunkVerdict(reply, step, splices)
    case .produce:
      let piece = try take(reply.piece_length, &payload)
      verdict = .produced(piece, end: reply.end != 0)
    case .complete:
      verdict = .proceed
    }
    try keepFacts(reply, step)
    let lines = try takeLines(reply, step, &payload)
    let deliveries = try takeDeliveries(reply, step, &payload)
    guard payload.readableBytes == 0 else { throw ProtocolViolation.badLength }
    for (line, file) in lines { worker.logFiles.append(line, to: file) }
    for (entry, target) in deliveries { worker.deliveries.deliver(entry, to: target) }
    for index in 0..<reply.n_metrics {
      guard let metric = reply.metrics[index]?.pointee else { continue }
      worker.services.record(metric, of: chain.steps[step])
    }
    return verdict
  }

  private func takeLines(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ payload: inout ByteBuffer
  ) throws -> [(line: ByteBuffer, file: String)] {
    guard reply.n_log_lines > 0 else { return [] }
    let files = chain.steps[step].logFiles
    return try (0..<reply.n_log_lines).map { index in
      guard let line = reply.log_lines[index]?.pointee, files.indices.contains(Int(line.file))
      else { throw ProtocolViolation.badMessage }
      return (try take(line.length, &payload), files[Int(line.file)])
    }
  }

  private func takeDeliveries(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ payload: inout ByteBuffer
  ) throws -> [(entry: DeliveryEntry, target: DeliveryTarget)] {
    guard reply.n_deliveries > 0 else { return [] }
    let queues = chain.steps[step].queues
    return try (0..<reply.n_deliveries).map { index in
      guard let delivery = reply.deliveries[index]?.pointee,
        queues.indices.contains(Int(delivery.queue))
      else { throw ProtocolViolation.badMessage }
      let entry = DeliveryEntry(
        try take(delivery.length, &payload), severity: UInt8(clamping: delivery.severity))
      return (entry, queues[Int(delivery.queue)])
    }
  }

  private func take(_ length: UInt64, _ payload: inout ByteBuffer) throws -> ByteBuffer {
    guard let count = Int(exactly: length), let bytes = payload.readSlice(length: count) else {
      throw ProtocolViolation.badLength
    }
    return bytes
  }

  /// The edits of a body, with the secrets that go into it.
  private struct Splices {
    var edits: [BodySplice] = []
    var secrets: [(splice: Int, handle: String, isJSON: Bool)] = []
  }

  private func takeSplices(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ payload: inout ByteBuffer
  ) throws -> Splices {
    var result = Splices()
    guard reply.n_splices > 0 else { return result }
    result.edits.reserveCapacity(reply.n_splices)
    for index in 0..<reply.n_splices {
      guard let splice = reply.splices[index]?.pointee,
        let offset = Int(exactly: splice.offset), let delete = Int(exactly: splice.delete_)
      else { throw ProtocolViolation.badSplice }
      let insert = try take(splice.insert, &payload)
      result.edits.append(BodySplice(offset: offset, delete: delete, insert: insert))
      guard let handle = String(field: splice.secret) else { throw ProtocolViolation.badText }
      if !handle.isEmpty {
        try checkSecret(handle, step)
        result.secrets.append((index, handle, splice.json != 0))
      }
    }
    return result
  }

  /// A handle counts only from the plugin that it was given to.
  private func checkSecret(_ handle: String, _ step: Int) throws {
    guard snapshot.secrets.isHeld(handle, by: chain.steps[step].plugin) else { throw BadEdit() }
  }

  private func editRequest(
    _ reply: Patchbay__Plugin__V1__Reply, _ splices: Splices, _ step: Int
  ) throws {
    try apply(
      reply.request_headers, reply.n_request_headers, to: &request.edits, of: request.head.fields,
      step)
    if reply.method.len > 0 {
      let method = Array(reply.method.view)
      guard method.allSatisfy(\.isToken) else { throw BadEdit() }
      request.method = method
    }
    if reply.path.len > 0 {
      let path = Array(reply.path.view)
      guard path[0] == UInt8(ascii: "/"), path.allSatisfy(\.isTarget) else { throw BadEdit() }
      request.path = path
    }
    for index in 0..<reply.n_query {
      guard let edit = reply.query[index]?.pointee else { throw ProtocolViolation.badMessage }
      let change = try QueryEdit(edit)
      if case .secret(let handle) = change.value { try checkSecret(handle, step) }
      guard request.query.count < Self.queryEditLimit else { throw BadEdit() }
      request.query.append(change)
    }
    if let target = reply.target?.pointee {
      guard let origin = Origin(target) else { throw BadEdit() }
      request.origin = origin
    }
    if let wanted = reply.authorization?.pointee {
      request.authorization = try authorization(wanted, of: step)
    }
    guard !splices.edits.isEmpty else { return }
    // Only who was shown a body can say where in it.
    guard request.isComplete, machine.plan.requestBody.contains(step) else {
      throw ProtocolViolation.badSplice
    }
    do {
      try request.body.apply(splices.edits, secrets: splices.secrets)
    } catch {
      throw ProtocolViolation.badSplice
    }
  }

  private func authorization(
    _ wanted: Patchbay__Plugin__V1__Authorization, of step: Int
  ) throws -> Authorization? {
    guard chain.steps[step].services.contains(ServiceHost.sign) else {
      throw Authorization.Problem(message: "the plugin's manifest does not name the service sign")
    }
    return try Authorization.wanted(wanted) {
      snapshot.secrets.isHeld($0, by: chain.steps[step].plugin)
    }
  }

  private func logProblem(_ problem: Authorization.Problem, _ step: Int) {
    worker.logger.warning(
      "plugin asked for credentials that there cannot be",
      metadata: [
        "plugin": "\(chain.steps[step].plugin)", "reason": "\(problem.message)",
        "request_id": "\(requestID.text)",
      ])
  }

  private func editResponse(
    _ reply: Patchbay__Plugin__V1__Reply, _ splices: Splices, _ step: Int
  ) throws {
    try apply(
      reply.response_headers, reply.n_response_headers, to: &response.edits, of: response.fields,
      step)
    if reply.status != 0 {
      guard (200...599).contains(reply.status) else { throw BadEdit() }
      response.status = Int(reply.status)
    }
    guard !splices.edits.isEmpty else { return }
    // A body of which only a part is here, by chance, was not shown to anybody.
    guard machine.plan.responseBody.contains(step) else { throw ProtocolViolation.badSplice }
    guard splices.secrets.isEmpty else { throw BadEdit() }  // clients get no secrets
    do {
      machine.replaceCollected(try BodySplice.apply(splices.edits, to: machine.collectedBody))
    } catch {
      throw ProtocolViolation.badSplice
    }
  }

  private func chunkVerdict(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ splices: Splices
  ) throws -> ExchangeMachine.Verdict {
    guard let piece = machine.piece(for: step) else { throw ProtocolViolation.mismatchedReply }
    guard splices.secrets.isEmpty else { throw BadEdit() }
    guard let hold = Int(exactly: reply.hold), hold <= piece.bytes.readableBytes,
      !piece.isLast || hold == 0
    else { throw ProtocolViolation.badLength }
    var released = piece.bytes
    released.moveWriterIndex(to: released.writerIndex - hold)
    do {
      let output = try BodySplice.apply(splices.edits, to: released)
      return .released(output, hold: hold, end: reply.end != 0)
    } catch {
      throw ProtocolViolation.badSplice
    }
  }

  private func respondVerdict(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ payload: inout ByteBuffer
  ) throws -> ExchangeMachine.Verdict? {
    guard let respond = reply.respond?.pointee else { return nil }
    guard (200...599).contains(respond.status) else { throw BadEdit() }
    var headers = HeaderEdits()
    for index in 0..<respond.n_headers {
      guard let header = respond.headers[index]?.pointee else {
        throw ProtocolViolation.badMessage
      }
      // The framing is the host's: a length that the plugin names is left out, not an error.
      if header.name.view.equals(lowercase: "content-length") { continue }
      try headers.add(header.name.view, .bytes(header.value.view))
    }
    let body = try take(respond.body_length, &payload)
    let produces = respond.produce != 0
    guard !produces || chain.steps[step][.produce] != nil else { throw BadEdit() }
    calls[step].response = PluginResponse(
      status: Int(respond.status), headers: headers, body: body)
    return .respond(produced: produces)
  }

  private func apply(
    _ edits: UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__HeaderEdit>?>?,
    _ count: Int, to list: inout HeaderEdits, of fields: HeaderFields, _ step: Int
  ) throws {
    guard let edits else { return }
    for index in 0..<count {
      guard let edit = edits[index]?.pointee else { throw ProtocolViolation.badMessage }
      if edit.source_case == PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_SECRET {
        guard let handle = String(field: edit.secret) else { throw ProtocolViolation.badText }
        try checkSecret(handle, step)
      }
      try list.apply(edit, to: fields)
    }
    guard list.byteCount <= Self.headerEditLimit else { throw BadEdit() }
  }

  /// Bytes of the fields that plugins add to a head, and changes of a query: more is no request that anybody takes.
  private static var headerEditLimit: Int { 128 << 10 }
  private static var queryEditLimit: Int { 256 }

  /// What the reply tells about the exchange, for those who come later and for the log.
  private func keepFacts(_ reply: Patchbay__Plugin__V1__Reply, _ step: Int) throws {
    for index in 0..<reply.n_variables {
      guard let variable = reply.variables[index]?.pointee else {
        throw ProtocolViolation.badMessage
      }
      let value = try NamedValue(variable)
      guard !value.isIdentity else {
        throw IdentityProblem(message: "variables of the client's identity are the host's to set")
      }
      facts.set(value)
    }
    guard reply.n_variables == 0 || facts.variableBytes <= Self.variableLimit else {
      throw BadEdit()
    }
    for index in 0..<reply.n_log_fields {
      guard let field = reply.log_fields[index]?.pointee else {
        throw ProtocolViolation.badMessage
      }
      try keepLogField(field, of: step)
    }
    if let template = reply.error_template?.pointee {
      facts.errorTemplate = ErrorTemplate(template)
    }
    if reply.checkpoint.len > 0 {
      guard reply.checkpoint.len <= ConnectionLimits.checkpoint else {
        throw ProtocolViolation.badLength
      }
      calls[step].checkpoint = ByteBuffer(bytes: reply.checkpoint.view)
      calls[step].stateVersion = calls[step].answerer?.stateVersion ?? 0
    }
  }

  /// What does not fit beside the other fields is left out: a log entry without it is better than none.
  private func keepLogField(_ field: Patchbay__Plugin__V1__LogField, of step: Int) throws {
    let path = try UnsafeRawBufferPointer(textField: field.path)
    let size = path.count + field.json.len
    guard facts.logFields.byteCount + size <= Self.logFieldLimit else {
      worker.logger.warning(
        "a log field was left out",
        metadata: [
          "plugin": "\(chain.steps[step].plugin)", "bytes": "\(size)",
          "field": "\(String(decoding: path, as: UTF8.self))",
          "request_id": "\(requestID.text)",
        ])
      return
    }
    facts.logFields.append(path: path, json: field.json.view)
  }

  /// Bytes of all variables of an exchange at most: facts, not bodies.
  private static var variableLimit: Int { 64 << 10 }

  /// Bytes of all log fields of an exchange at most: they travel in one message, with the summary.
  private static var logFieldLimit: Int { 192 << 10 }

  private static func changes(of reply: Patchbay__Plugin__V1__Reply) -> [PhaseChange] {
    guard reply.n_changes > 0 else { return [] }
    return (0..<reply.n_changes).compactMap { index in
      guard let change = reply.changes[index]?.pointee,
        let phase = Phase(number: change.phase.rawValue)
      else { return nil }
      let kind = UInt8(exactly: change.change.rawValue).flatMap(PhaseChange.Change.init)
      return PhaseChange(phase: phase, change: kind ?? .drop)
    }
  }
}
