// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages

/// What an instance wants of one phase, as it crosses the wire. See `Subscription` in `control.proto`.
package struct SubscriptionMessage: Equatable, Sendable {
  /// How a subscription sees the pieces of a stream.
  package enum Stream: UInt32, Sendable { case none = 0, copy = 1, transform = 2 }

  /// The protocol's number of the phase.
  package var phase: UInt32
  package var wantsBody = false
  package var stream = Stream.none
  package var headers: [String] = []
  package var variables: [String] = []
  package var condition: ConditionMessage?
  package var bodyLimit: UInt64 = 0
  package var inspects = false
  package var deadlineMilliseconds: UInt32 = 0
  package var requestBody = false
  package var responseBody = false

  package init(phase: UInt32) { self.phase = phase }

  package init?(_ message: Patchbay__Plugin__V1__Subscription, in arena: MessageArena) {
    phase = message.phase.rawValue
    wantsBody = message.body == PATCHBAY__PLUGIN__V1__SUBSCRIPTION__BODY__WHOLE
    stream = Stream(rawValue: message.stream.rawValue) ?? .none
    guard let headers = [String](fields: message.headers, message.n_headers),
      let variables = [String](fields: message.variables, message.n_variables)
    else { return nil }
    self.headers = headers
    self.variables = variables
    if let when = message.when {
      guard let condition = ConditionMessage(when.pointee) else { return nil }
      self.condition = condition
    }
    bodyLimit = message.body_limit
    inspects = message.inspects != 0
    deadlineMilliseconds = message.deadline_ms
    requestBody = message.request_body != 0
    responseBody = message.response_body != 0
  }

  package func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Subscription> {
    let message = arena.make { patchbay__plugin__v1__subscription__init($0) }
    message.pointee.phase.rawValue = phase
    message.pointee.body =
      wantsBody
      ? PATCHBAY__PLUGIN__V1__SUBSCRIPTION__BODY__WHOLE
      : PATCHBAY__PLUGIN__V1__SUBSCRIPTION__BODY__NONE
    message.pointee.stream.rawValue = stream.rawValue
    (message.pointee.headers, message.pointee.n_headers) = arena.strings(headers)
    (message.pointee.variables, message.pointee.n_variables) = arena.strings(variables)
    message.pointee.when = condition?.message(in: arena)
    message.pointee.body_limit = bodyLimit
    message.pointee.inspects = inspects ? 1 : 0
    message.pointee.deadline_ms = deadlineMilliseconds
    message.pointee.request_body = requestBody ? 1 : 0
    message.pointee.response_body = responseBody ? 1 : 0
    return message
  }
}

/// A condition that the host evaluates. See `When` in `control.proto`.
package struct ConditionMessage: Equatable, Sendable {
  /// A header, and the value that it must have; nil: any.
  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: String?

    package init(name: String, value: String?) {
      self.name = name
      self.value = value
    }
  }

  package var methods: [String] = []
  package var pathPrefixes: [String] = []
  package var headers: [Header] = []
  package var contentTypes: [String] = []
  package var minBody: UInt64 = 0
  package var maxBody: UInt64 = 0

  package init() {}

  package init?(_ message: Patchbay__Plugin__V1__When) {
    guard let methods = [String](fields: message.methods, message.n_methods),
      let pathPrefixes = [String](fields: message.path_prefixes, message.n_path_prefixes),
      let contentTypes = [String](fields: message.content_types, message.n_content_types)
    else { return nil }
    self.methods = methods
    self.pathPrefixes = pathPrefixes
    self.contentTypes = contentTypes
    for index in 0..<message.n_headers {
      guard let header = message.headers[index]?.pointee, let name = String(field: header.name),
        let value = String(field: header.value)
      else { return nil }
      headers.append(Header(name: name, value: header.any_value != 0 ? nil : value))
    }
    minBody = message.min_body
    maxBody = message.max_body
  }

  package func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__When> {
    let message = arena.make { patchbay__plugin__v1__when__init($0) }
    (message.pointee.methods, message.pointee.n_methods) = arena.strings(methods)
    (message.pointee.path_prefixes, message.pointee.n_path_prefixes) = arena.strings(pathPrefixes)
    (message.pointee.content_types, message.pointee.n_content_types) = arena.strings(contentTypes)
    (message.pointee.headers, message.pointee.n_headers) = arena.messages(headers) { header in
      let condition = arena.make { patchbay__plugin__v1__header_condition__init($0) }
      condition.pointee.name = arena.string(header.name)
      condition.pointee.value = arena.string(header.value ?? "")
      condition.pointee.any_value = header.value == nil ? 1 : 0
      return condition
    }
    message.pointee.min_body = minBody
    message.pointee.max_body = maxBody
    return message
  }
}

extension [String] {
  /// A `repeated string` field; nil when one is not UTF-8.
  init?(fields: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) {
    self = []
    guard let fields else { return }
    reserveCapacity(count)
    for index in 0..<count {
      guard let text = String(field: fields[index]) else { return nil }
      append(text)
    }
  }
}

extension MessageArena {
  /// A `repeated string` field.
  package func strings(
    _ texts: [String]
  ) -> (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, Int) {
    let fields = array(of: UnsafeMutablePointer<CChar>?.self, count: texts.count)
    for (index, text) in texts.enumerated() { fields[index] = string(text) }
    return (fields, texts.count)
  }

  /// A `repeated` field of messages.
  func messages<Value, Message>(
    _ values: [Value], _ make: (Value) -> UnsafeMutablePointer<Message>
  ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Message>?>, Int) {
    let fields = array(of: UnsafeMutablePointer<Message>?.self, count: values.count)
    for (index, value) in values.enumerated() { fields[index] = make(value) }
    return (fields, values.count)
  }
}
