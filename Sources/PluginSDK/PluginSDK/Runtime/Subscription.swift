// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// What an instance asked to see of one phase.
struct Subscription: Sendable {
  enum Stream: Sendable { case copy, transform }

  let phase: Phase
  var headers: HeaderInterest = []
  var variables: [String] = []
  var when: When?
  var deadline: Duration?
  var wantsBody = false
  var bodyLimit: Int?
  var stream: Stream?
  var inspects = false
  var wantsRequestBody = false
  var wantsResponseBody = false

  /// Asks the plugin's value for its interest in each phase that its type conforms to.
  static func all(of plugin: any Plugin) -> [Subscription] {
    var all: [Subscription] = []
    func add(_ phase: Phase, _ interest: Interest?) {
      if let interest { all.append(Subscription(phase, interest)) }
    }
    if let plugin = plugin as? any RequestPhase { add(.request, plugin.requestInterest) }
    if let plugin = plugin as? any RetryPhase { add(.retry, plugin.retryInterest) }
    if let plugin = plugin as? any ResponsePhase { add(.response, plugin.responseInterest) }
    if let plugin = plugin as? any ChunkPhase, let interest = plugin.chunkInterest {
      all.append(Subscription(interest))
    }
    if let plugin = plugin as? any ProducePhase { add(.produce, plugin.produceInterest) }
    if let plugin = plugin as? any CompletePhase, let interest = plugin.completeInterest {
      all.append(Subscription(interest))
    }
    return all
  }

  private init(_ phase: Phase, _ interest: Interest) {
    self.phase = phase
    headers = interest.headers
    variables = interest.variables
    when = interest.when
    deadline = interest.deadline
    inspects = interest.inspects
    if case .whole(let limit) = interest.body {
      wantsBody = true
      bodyLimit = limit
    }
  }

  private init(_ interest: ChunkInterest) {
    phase = .chunk
    headers = interest.headers
    variables = interest.variables
    when = interest.when
    deadline = interest.deadline
    stream = interest.mode == .copy ? .copy : .transform
  }

  private init(_ interest: CompleteInterest) {
    phase = .complete
    headers = interest.headers
    variables = interest.variables
    when = interest.when
    deadline = interest.deadline
    bodyLimit = interest.bodyLimit
    wantsRequestBody = interest.requestBody
    wantsResponseBody = interest.responseBody
  }
}

extension Subscription {
  /// As it crosses the wire.
  var message: SubscriptionMessage {
    var message = SubscriptionMessage(phase: UInt32(phase.rawValue))
    message.wantsBody = wantsBody
    switch stream {
    case .copy: message.stream = .copy
    case .transform: message.stream = .transform
    case nil: break
    }
    message.headers = headers.names
    message.variables = variables
    message.condition = when?.message
    message.bodyLimit = UInt64(clamping: bodyLimit ?? 0)
    message.inspects = inspects
    message.deadlineMilliseconds = UInt32(clamping: deadline?.wholeMilliseconds ?? 0)
    message.requestBody = wantsRequestBody
    message.responseBody = wantsResponseBody
    return message
  }
}

extension When {
  fileprivate var message: ConditionMessage {
    var message = ConditionMessage()
    message.methods = methods
    message.pathPrefixes = pathPrefixes
    message.headers = headers.map {
      ConditionMessage.Header(name: $0.name.lowercased(), value: $0.value)
    }
    message.contentTypes = contentTypes.map { $0.lowercased() }
    message.minBody = UInt64(clamping: minBody ?? 0)
    message.maxBody = UInt64(clamping: maxBody ?? 0)
    return message
  }
}
