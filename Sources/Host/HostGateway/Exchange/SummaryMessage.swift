// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostHTTP
import HostTLS
import PluginProtocol

// How the exchange went, for those who log and count.
extension Exchange {
  func summaryMessage(
    _ arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Summary> {
    let message = arena.make { patchbay__plugin__v1__summary__init($0) }
    func microseconds(_ moment: UInt64?) -> UInt64 {
      moment.map { ($0 &- times.start) / 1000 } ?? 0
    }
    message.pointee.status = UInt32(response.status)
    message.pointee.source.rawValue = UInt32(machine.source.rawValue)
    message.pointee.request_bytes = UInt64(request.received)
    message.pointee.response_bytes = UInt64(response.sent)
    message.pointee.request_head_bytes = UInt64(request.head.byteCount)
    message.pointee.response_head_bytes = UInt64(response.headBytes)
    message.pointee.first_byte_us = microseconds(facts.firstByte)
    message.pointee.total_us = microseconds(facts.end ?? worker.now())
    message.pointee.upstream_us = facts.upstreamTime / 1000
    message.pointee.plugins_us = facts.pluginTime / 1000
    message.pointee.client_aborted = facts.clientAborted ? 1 : 0
    message.pointee.truncated = facts.truncated ? 1 : 0
    message.pointee.upstream_url = arena.string(facts.upstreamURL)
    message.pointee.tries = UInt32(machine.tries)
    message.pointee.request_id = requestID.withText { arena.string($0) }
    message.pointee.service_json = arena.string(destination?.serviceJSON ?? "")
    message.pointee.route_json = arena.string(destination?.routeJSON ?? "")
    if let identity = facts.identity {
      message.pointee.consumer_json = arena.string(identity.consumer.json)
      message.pointee.credential_id = arena.string(identity.credential)
    }
    message.pointee.upstream_status = UInt32(facts.upstreamStatus ?? 0)
    (message.pointee.upstream_tries, message.pointee.n_upstream_tries) = tries(arena)
    if let tls = request.tls {
      message.pointee.tls_version = arena.string(tls.version)
      message.pointee.tls_cipher = arena.string(tls.cipher)
      message.pointee.tls_client_verify = arena.string(
        tls.clientCertificate == nil ? "NONE" : "SUCCESS")
    }
    (message.pointee.calls, message.pointee.n_calls) = outcomes(arena)
    (message.pointee.log_fields, message.pointee.n_log_fields) = facts.logFields.messages(in: arena)
    return message
  }

  private func tries(
    _ arena: MessageArena
  ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__UpstreamTry>?>, Int) {
    let list = arena.array(
      of: UnsafeMutablePointer<Patchbay__Plugin__V1__UpstreamTry>?.self, count: facts.tries.count)
    for (index, one) in facts.tries.enumerated() {
      let message = arena.make { patchbay__plugin__v1__upstream_try__init($0) }
      message.pointee.host = arena.string(one.host)
      message.pointee.port = UInt32(one.port)
      message.pointee.started_us = times.received + (one.started &- times.start) / 1000
      message.pointee.connected_us = one.connected.map { ($0 &- one.started) / 1000 } ?? 0
      message.pointee.error = arena.string(one.error.map { "\($0.code)" } ?? "")
      message.pointee.status = UInt32(one.status ?? one.error?.status ?? 0)
      list[index] = message
    }
    return (list, facts.tries.count)
  }

  private func outcomes(
    _ arena: MessageArena
  ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__CallOutcome>?>, Int) {
    let list = arena.array(
      of: UnsafeMutablePointer<Patchbay__Plugin__V1__CallOutcome>?.self,
      count: facts.outcomes.count)
    for (index, record) in facts.outcomes.enumerated() {
      let outcome = arena.make { patchbay__plugin__v1__call_outcome__init($0) }
      outcome.pointee.plugin = arena.string(chain.steps[record.step].plugin)
      outcome.pointee.phase.rawValue = UInt32(record.phase.rawValue)
      outcome.pointee.outcome = arena.string(static: record.outcome.name)
      outcome.pointee.duration_us = record.duration / 1000
      list[index] = outcome
    }
    return (list, facts.outcomes.count)
  }
}

extension ExchangeFacts {
  typealias Variables = (
    UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__Variable>?>, Int
  )

  /// The variables of these names that are set.
  func variables(_ names: [String], _ arena: MessageArena) -> Variables {
    let list = arena.array(
      of: UnsafeMutablePointer<Patchbay__Plugin__V1__Variable>?.self, count: variables.count)
    var count = 0
    for variable in variables
    where names.contains(where: { $0.utf8.elementsEqual(variable.name) }) {
      list[count] = variable.message(in: arena)
      count += 1
    }
    return (list, count)
  }
}

extension NamedValue {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Variable> {
    let message = arena.make { patchbay__plugin__v1__variable__init($0) }
    message.pointee.name = name.withUnsafeBytes { arena.string($0) }
    switch value {
    case .text(let text):
      message.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_TEXT
      message.pointee.text = text.withUnsafeBytes { arena.string($0) }
    case .integer(let integer):
      message.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_INTEGER
      message.pointee.integer = integer
    case .number(let number):
      message.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_NUMBER
      message.pointee.number = number
    case .boolean(let boolean):
      message.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_BOOLEAN
      message.pointee.boolean = boolean ? 1 : 0
    case .json(let json):
      message.pointee.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_JSON
      message.pointee.json = json.withUnsafeBytes { arena.bytes($0) }
    }
    return message
  }
}
