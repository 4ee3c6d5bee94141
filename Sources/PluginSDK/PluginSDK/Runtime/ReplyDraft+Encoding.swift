// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

// The numbers are those of the fields of `patchbay.plugin.v1.Reply`.
extension ReplyDraft {
  /// Writes the reply's message.
  func write(
    to message: MessageWriter, for call: ReceivedCall, outlets: Outlets, run: UInt64
  ) {
    message.number(1, call.exchange)
    message.number(2, call.attempt)
    if let error {
      message.message(3) { failure in
        failure.text(1, error.code)
        failure.text(2, error.message)
      }
      return
    }
    for edit in requestHeaders { message.header(4, edit) }
    if let method { message.text(5, method) }
    if let path { message.text(6, path) }
    for edit in query { message.query(7, edit) }
    if let target {
      message.message(8) {
        $0.text(1, target.scheme)
        $0.text(2, target.host)
        $0.number(3, target.port ?? 0)
      }
    }
    for edit in responseHeaders { message.header(9, edit) }
    if let status { message.number(10, status) }
    for splice in splices { message.splice(11, splice) }
    if let respond { message.respond(12, respond) }
    message.number(13, hold)
    message.flag(14, isEnd)
    message.number(15, piece.count)
    if let checkpoint { message.bytes(17, checkpoint) }
    message.flag(22, givesUp)
    if let authorization { message.authorization(24, authorization) }
    if let presentedKey {
      message.message(25) {
        $0.message(3) {
          $0.number(1, CredentialKind.key)
          $0.bytes(2, presentedKey)
        }
      }
    } else if let authentication {
      message.message(25) {
        $0.text(1, authentication.consumer)
        if let credential = authentication.credential { $0.text(2, credential) }
      }
    }
    if !concealed.isEmpty { message.concealed(26, concealed) }
    message.effects(effects, outlets, endsStream: endsStream)
    message.number(28, run)
  }

  /// Bytes of the reply's payload.
  func payloadLength(_ outlets: Outlets) -> Int {
    guard error == nil else { return 0 }
    var length = piece.count + (respond?.body?.count ?? 0)
    for splice in splices {
      if case .bytes(let insert) = splice.insert { length += insert.count }
    }
    for line in effects.lines where outlets.logFiles.contains(line.file) {
      length += line.line.count
    }
    for delivery in effects.deliveries where outlets.queues.contains(delivery.queue) {
      length += delivery.entry.count
    }
    return length
  }

  /// Writes the payload: inserts of the splices, body or piece, log lines, deliveries.
  func writePayload(to output: MessageWriter, _ outlets: Outlets) {
    guard error == nil else { return }
    for splice in splices {
      if case .bytes(let insert) = splice.insert { insert.withUnsafeBytes { output.raw($0) } }
    }
    respond?.body?.withUnsafeBytes { output.raw($0) }
    piece.withUnsafeBytes { output.raw($0) }
    for line in effects.lines where outlets.logFiles.contains(line.file) {
      line.line.withUnsafeBytes { output.raw($0) }
    }
    for delivery in effects.deliveries where outlets.queues.contains(delivery.queue) {
      delivery.entry.withUnsafeBytes { output.raw($0) }
    }
  }
}

extension MessageWriter {
  fileprivate func concealed(_ field: Int, _ concealed: ConcealedFields) {
    message(field) { message in
      for name in concealed.headers { message.text(1, name) }
      for name in concealed.query { message.text(2, name) }
      for range in concealed.body {
        message.message(3) {
          $0.number(1, range.lowerBound)
          $0.number(2, range.count)
        }
      }
    }
  }

  fileprivate func source(_ valueField: Int, _ secretField: Int, _ source: FieldSource) {
    switch source {
    case .text(let value): text(valueField, value)
    case .bytes(let value): bytes(valueField, value)
    case .secret(let secret): text(secretField, secret.handle)
    }
  }

  func header(_ field: Int, _ edit: HeaderEdit) {
    message(field) { message in
      message.number(1, edit.action.number)
      message.text(2, edit.name)
      if edit.action != .remove { message.source(3, 4, edit.source) }
    }
  }

  func query(_ field: Int, _ edit: QueryEdit) {
    message(field) { message in
      message.text(1, edit.name)
      if let source = edit.source { message.source(2, 3, source) }
      message.flag(4, edit.ifAbsent)
    }
  }

  fileprivate func splice(_ field: Int, _ splice: BodySplice) {
    message(field) { message in
      message.number(1, splice.range.lowerBound)
      message.number(2, splice.range.count)
      switch splice.insert {
      case .bytes(let insert): message.number(3, insert.count)
      case .secret(let secret, let inJSONString):
        message.text(4, secret.handle)
        message.flag(5, inJSONString)
      }
    }
  }

  fileprivate func respond(_ field: Int, _ respond: ReplyDraft.Respond) {
    message(field) { message in
      message.number(1, respond.status)
      for header in respond.headers.effective {
        message.message(2) {
          $0.text(1, header.name)
          $0.text(2, header.source.text)
        }
      }
      message.number(3, respond.body?.count ?? 0)
      message.flag(4, respond.body == nil)
    }
  }

  fileprivate func effects(_ effects: Effects, _ outlets: Outlets, endsStream: Bool) {
    for (name, value) in effects.variables { variable(16, name, value) }
    // That nothing follows is said by the end of the stream.
    if !endsStream { later(18, effects.later) }
    for (path, json) in effects.logFields.fields {
      message(19) {
        $0.text(1, path)
        $0.bytes(2, json)
      }
    }
    for metric in effects.metrics.metrics { self.metric(20, metric) }
    for (file, line) in effects.lines {
      guard let index = outlets.logFiles.firstIndex(of: file) else { continue }
      message(21) {
        $0.number(1, index)
        $0.number(2, line.count)
      }
    }
    for delivery in effects.deliveries {
      guard let index = outlets.queues.firstIndex(of: delivery.queue) else { continue }
      message(27) {
        $0.number(1, index)
        $0.number(2, delivery.entry.count)
        $0.number(3, delivery.severity)
      }
    }
    if let template = effects.errorTemplate {
      message(23) {
        $0.text(1, template.contentType)
        $0.text(2, template.body)
        $0.text(3, template.event)
      }
    }
  }

  private func variable(_ field: Int, _ name: String, _ value: Variable) {
    message(field) { message in
      message.text(1, name)
      switch value {
      case .text(let text): message.text(2, text)
      case .integer(let integer): message.present(3, integer)
      case .number(let number): message.double(4, number)
      case .boolean(let boolean): message.present(5, boolean ? 1 : 0)
      case .json(let json): message.bytes(6, JSONWriter.bytes(of: json))
      }
    }
  }

  private func metric(_ field: Int, _ metric: Metric) {
    message(field) { message in
      message.text(1, metric.name)
      message.number(2, metric.kind.wire.rawValue)
      message.double(3, metric.value)
      for (name, value) in metric.labels {
        message.message(4) {
          $0.text(1, name)
          $0.text(2, value)
        }
      }
      guard let exact = metric.exact else { return }
      message.message(5) {
        $0.number(1, Self.zigzag(exact.coefficient))
        $0.number(2, Self.zigzag(Int64(exact.exponent)))
      }
    }
  }

  /// The number of a `sint` field.
  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
  }

  private func later(_ field: Int, _ later: Later) {
    func change(_ phase: Phase, _ number: Int) {
      message(field) {
        $0.number(1, phase.rawValue)
        $0.number(2, number)
      }
    }
    if later.retry != nil { change(.retry, 1) }
    switch later.response {
    case .drop: change(.response, 1)
    case .headOnly: change(.response, 4)
    case .wholeBody: change(.response, 5)
    case nil: break
    }
    switch later.chunk {
    case .drop: change(.chunk, 1)
    case .copy: change(.chunk, 2)
    case .transform: change(.chunk, 3)
    case nil: break
    }
    if later.complete != nil { change(.complete, 1) }
  }
}

extension HeaderEdit.Action {
  fileprivate var number: Int {
    switch self {
    case .set: 1
    case .add: 2
    case .remove: 3
    case .setIfAbsent: 4
    }
  }
}
