// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import PluginSDK

/// Reads a `patchbay.plugin.v1.Reply` as a host would, and applies it to what the call showed.
struct ReplyReader {
  let call: TestCall
  let logFiles: [String]
  let queues: [String]
  /// Whose a key is.
  let find: (_ key: [UInt8]) -> FoundCredential?

  func result(_ meta: [UInt8], _ payload: [UInt8]) throws -> CallResult {
    let arena = MessageArena()
    defer { withExtendedLifetime(arena) {} }
    let decoded = meta.withUnsafeBytes {
      arena.decode($0) { patchbay__plugin__v1__reply__unpack($0, $1, $2) }
    }
    guard let reply = decoded?.pointee else { throw HarnessError(description: "unreadable reply") }
    if let error = reply.error?.pointee {
      throw CallError(code: String(error.code), message: String(error.message))
    }
    var result = CallResult(request: call.request, response: call.response)
    var rest = payload[...]
    let body = body(reply, &rest, &result)
    request(reply, body, &result)
    try authenticate(reply, &result)
    response(reply, body, &rest, &result)
    piece(reply, body, &rest, &result)
    effects(reply, &rest, &result)
    guard rest.isEmpty else { throw HarnessError(description: "the reply has surplus payload") }
    return result
  }

  private func body(
    _ reply: Patchbay__Plugin__V1__Reply, _ rest: inout ArraySlice<UInt8>,
    _ result: inout CallResult
  ) -> [UInt8] {
    var body: [UInt8] = []
    var position = 0
    for splice in each(reply.splices, reply.n_splices) {
      let secret = String(splice.secret)
      let insert =
        secret.isEmpty ? Array(rest.prefix(Int(splice.insert))) : Array("(secret)".utf8)
      if secret.isEmpty { rest = rest.dropFirst(Int(splice.insert)) }
      body += call.payload[position..<Int(splice.offset)] + insert
      position = Int(splice.offset + splice.delete_)
      result.splices.append(
        CallResult.Splice(
          offset: Int(splice.offset), delete: Int(splice.delete_),
          insert: String(decoding: insert, as: UTF8.self)))
    }
    body += call.payload[position...].dropLast(Int(reply.hold))
    return body
  }

  private func request(
    _ reply: Patchbay__Plugin__V1__Reply, _ body: [UInt8], _ result: inout CallResult
  ) {
    guard call.phase == .request || call.phase == .retry else { return }
    apply(each(reply.request_headers, reply.n_request_headers), to: &result.request.headers)
    if reply.method.len > 0 { result.request.method = String(reply.method) }
    if reply.path.len > 0 { result.request.path = String(reply.path) }
    for edit in each(reply.query, reply.n_query) { apply(edit, to: &result.request.path) }
    if let target = reply.target?.pointee {
      result.request.target = Target(
        scheme: String(target.scheme), host: String(target.host),
        port: target.port == 0 ? nil : Int(target.port))
    }
    if let authorization = reply.authorization?.pointee {
      result.request.authorization = Authorization(authorization)
    }
    if let conceal = reply.conceal?.pointee {
      result.request.concealed.headers = (0..<conceal.n_headers).map { String(conceal.headers[$0]) }
      result.request.concealed.query = (0..<conceal.n_query).map { String(conceal.query[$0]) }
      result.request.concealed.body = each(conceal.body, conceal.n_body).map {
        Int($0.offset)..<Int($0.offset + $0.length)
      }
    }
    if !result.splices.isEmpty { result.request.body = body }
    result.gaveUp = reply.give_up != 0
  }

  private func authenticate(
    _ reply: Patchbay__Plugin__V1__Reply, _ result: inout CallResult
  ) throws {
    guard let authenticate = reply.authenticate?.pointee else { return }
    if let presented = authenticate.presented?.pointee {
      guard reply.respond != nil else {
        throw HarnessError(description: "the reply does not say what a wrong key is answered with")
      }
      guard let found = find(Array(presented.value.view)) else {
        // Edits are for those who are known.
        let concealed = result.request.concealed
        result.request = call.request
        result.request.concealed = concealed
        return
      }
      result.request.authentication = Authentication(found)
      return
    }
    let credential = String(authenticate.credential)
    result.request.authentication = Authentication(
      consumer: String(authenticate.consumer), credential: credential.isEmpty ? nil : credential)
  }

  private func response(
    _ reply: Patchbay__Plugin__V1__Reply, _ body: [UInt8], _ rest: inout ArraySlice<UInt8>,
    _ result: inout CallResult
  ) {
    if call.phase == .response {
      if var edited = result.response {
        apply(each(reply.response_headers, reply.n_response_headers), to: &edited.headers)
        if reply.status != 0 { edited.status = Int(reply.status) }
        if !result.splices.isEmpty { edited.body = body }
        result.response = edited
      }
    }
    guard let respond = reply.respond?.pointee else { return }
    guard reply.authenticate?.pointee.presented == nil || result.request.authentication == nil
    else {
      // It would have been for a key that is nobody's.
      rest = rest.dropFirst(Int(respond.body_length))
      return
    }
    var headers = Headers()
    for header in each(respond.headers, respond.n_headers) {
      headers.add(String(header.name), String(header.value))
    }
    result.responded = true
    result.produces = respond.produce != 0
    result.response = TestResponse(
      status: Int(respond.status), headers: headers,
      body: Array(rest.prefix(Int(respond.body_length)))
    )
    result.response?.source = .plugin
    rest = rest.dropFirst(Int(respond.body_length))
  }

  private func piece(
    _ reply: Patchbay__Plugin__V1__Reply, _ body: [UInt8], _ rest: inout ArraySlice<UInt8>,
    _ result: inout CallResult
  ) {
    result.ended = reply.end != 0
    result.hold = Int(reply.hold)
    if call.phase == .chunk { result.released = body }
    if call.phase == .produce {
      result.released = Array(rest.prefix(Int(reply.piece_length)))
      rest = rest.dropFirst(Int(reply.piece_length))
    }
  }

  private func effects(
    _ reply: Patchbay__Plugin__V1__Reply, _ rest: inout ArraySlice<UInt8>,
    _ result: inout CallResult
  ) {
    for variable in each(reply.variables, reply.n_variables) {
      result.variables[String(variable.name)] = Variable(variable)
    }
    for field in each(reply.log_fields, reply.n_log_fields) {
      result.logFields[String(field.path)] = try? JSONValue(parsing: String(field.json))
    }
    for metric in each(reply.metrics, reply.n_metrics) {
      let labels = each(metric.labels, metric.n_labels).map { (String($0.name), String($0.value)) }
      result.metrics.append(
        CallResult.Measurement(
          name: String(metric.name), value: metric.value,
          labels: Dictionary(labels) { $1 },
          exact: (metric.exact?.pointee).map { "\($0.coefficient)e\($0.exponent)" }))
    }
    for line in each(reply.log_lines, reply.n_log_lines) {
      let text = String(decoding: rest.prefix(Int(line.length)), as: UTF8.self)
      result.lines.append((logFiles[Int(line.file)], text))
      rest = rest.dropFirst(Int(line.length))
    }
    for delivery in each(reply.deliveries, reply.n_deliveries) {
      result.deliveries.append(
        CallResult.Delivery(
          queue: queues[Int(delivery.queue)],
          entry: String(decoding: rest.prefix(Int(delivery.length)), as: UTF8.self),
          severity: Int(delivery.severity)))
      rest = rest.dropFirst(Int(delivery.length))
    }
    for change in each(reply.changes, reply.n_changes) { apply(change, to: &result.later) }
    if let template = reply.error_template?.pointee {
      result.errorTemplate = ErrorTemplate(
        contentType: String(template.content_type), body: String(template.body),
        event: String(template.event))
    }
    if reply.checkpoint.len > 0 { result.checkpoint = String(reply.checkpoint) }
  }

  private func apply(
    _ change: Patchbay__Plugin__V1__PhaseChange, to later: inout Later
  ) {
    let number = change.change.rawValue
    switch Phase(rawValue: Int(change.phase.rawValue)) {
    case .retry: later.retry = .drop
    case .response: later.response = number == 4 ? .headOnly : number == 5 ? .wholeBody : .drop
    case .chunk: later.chunk = number == 2 ? .copy : number == 3 ? .transform : .drop
    case .complete: later.complete = .drop
    case .request, .produce, nil: break
    }
  }

  private func apply(_ edits: [Patchbay__Plugin__V1__HeaderEdit], to headers: inout Headers) {
    for edit in edits {
      let name = String(edit.name)
      let isSecret = edit.source_case == PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_SECRET
      let value = isSecret ? "(secret)" : String(edit.value)
      switch edit.action {
      case PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__ADD: headers.add(name, value)
      case PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__REMOVE: headers.remove(name)
      case PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__SET_IF_ABSENT:
        headers.setIfAbsent(name, value)
      default: headers.set(name, value)
      }
    }
  }

  /// Good enough for tests: values are not percent-encoded.
  private func apply(_ edit: Patchbay__Plugin__V1__QueryEdit, to path: inout String) {
    let name = String(edit.name)
    let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var pairs = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
    let isThere = pairs.contains { $0 == name || $0.hasPrefix(name + "=") }
    if edit.if_absent != 0, isThere { return }
    pairs.removeAll { $0 == name || $0.hasPrefix(name + "=") }
    switch edit.source_case {
    case PATCHBAY__PLUGIN__V1__QUERY_EDIT__SOURCE_SECRET: pairs.append("\(name)=(secret)")
    case PATCHBAY__PLUGIN__V1__QUERY_EDIT__SOURCE_VALUE:
      pairs.append("\(name)=\(String(edit.value))")
    default: break
    }
    path = pairs.isEmpty ? String(parts[0]) : "\(parts[0])?\(pairs.joined(separator: "&"))"
  }
}

/// The elements of a repeated field.
func each<T>(_ pointers: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int) -> [T] {
  (0..<count).compactMap { pointers?[$0]?.pointee }
}

extension String {
  init(_ data: ProtobufCBinaryData) { self.init(decoding: data.view, as: UTF8.self) }

  init(_ field: UnsafeMutablePointer<CChar>?) { self = field.map { String(cString: $0) } ?? "" }
}

extension Variable {
  fileprivate init?(_ variable: Patchbay__Plugin__V1__Variable) {
    switch variable.value_case {
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_TEXT: self = .text(String(variable.text))
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_INTEGER: self = .integer(variable.integer)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_NUMBER: self = .number(variable.number)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_BOOLEAN: self = .boolean(variable.boolean != 0)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_JSON:
      guard let json = try? JSONValue(parsing: variable.json.view) else { return nil }
      self = .json(json)
    default: return nil
    }
  }
}
