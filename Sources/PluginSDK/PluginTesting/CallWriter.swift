// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import PluginSDK

/// One call as the harness makes it: what the subscription shows of the exchange.
struct TestCall {
  /// When each request was received, in microseconds since 1970.
  static let received: UInt64 = 1_700_000_000_000_000

  /// The harness's number of the exchange, and of the call in it.
  var exchange: UInt64 = 0
  var number = 0
  var phase: Phase
  var request: TestRequest
  var response: TestResponse?
  var variables: [(name: String, value: Variable)] = []
  var payload: [UInt8] = []
  var requestBodyLength = 0
  var offset = 0
  var isLast = false
  var failure: FailedTry?
  var summary: TestSummary?
  var checkpoint: [UInt8] = []
  var attempt = 0
  var budget: Duration?

  // The numbers are those of the fields of `patchbay.plugin.v1.Call`.
  func write(to message: MessageWriter, shown: ShownFields) {
    message.number(1, exchange)
    message.number(2, 1)
    message.number(4, 1)
    message.number(5, phase.rawValue)
    message.number(6, attempt)
    message.number(7, budget.map(microseconds) ?? 0)
    if !checkpoint.isEmpty { message.bytes(8, checkpoint) }
    message.message(9) { head in
      head.text(1, request.method)
      head.text(2, request.scheme)
      head.text(3, request.authority)
      head.text(4, request.path)
      write(shown.of(request.headers), to: head, 5)
      write(request.captures.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, to: head, 6)
      head.text(7, request.clientAddress)
      head.text(8, request.service)
      head.text(9, request.route)
      head.number(10, Self.received)
    }
    if let response { write(response, to: message, shown) }
    for (name, value) in variables where shown.variables.contains(name) {
      write(value, named: name, to: message)
    }
    message.number(12, payload.count)
    message.number(13, offset)
    message.flag(14, isLast)
    if let failure {
      message.message(15) {
        $0.number(1, failure.number)
        $0.text(2, failure.reason)
        $0.number(3, failure.status ?? 0)
        $0.text(4, failure.target)
      }
    }
    if let summary { write(summary, to: message) }
    message.number(17, requestBodyLength)
  }

  private func microseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
  }

  private func write(
    _ fields: [(name: String, value: String)], to message: MessageWriter, _ field: Int
  ) {
    for (name, value) in fields {
      message.message(field) {
        $0.text(1, name)
        $0.text(2, value)
      }
    }
  }

  private func write(_ response: TestResponse, to message: MessageWriter, _ shown: ShownFields) {
    message.message(10) { head in
      head.number(1, response.status)
      write(shown.of(response.headers), to: head, 2)
      head.number(3, 1000)
      head.number(4, number(response.source))
    }
  }

  private func number(_ source: Source) -> Int {
    switch source {
    case .upstream: 1
    case .plugin: 2
    case .host: 3
    }
  }

  private func write(_ value: Variable, named name: String, to message: MessageWriter) {
    message.message(11) { variable in
      variable.text(1, name)
      switch value {
      case .text(let text): variable.text(2, text)
      case .integer(let integer): variable.present(3, integer)
      case .number(let number): variable.double(4, number)
      case .boolean(let boolean): variable.present(5, boolean ? 1 : 0)
      case .json(let json): variable.text(6, json.description)
      }
    }
  }

  // The numbers are those of the fields of `patchbay.plugin.v1.Summary`.
  private func write(_ summary: TestSummary, to message: MessageWriter) {
    message.message(16) { message in
      message.number(1, summary.status)
      message.number(2, number(summary.source))
      message.number(3, summary.requestBytes)
      message.number(4, summary.responseBytes)
      message.number(5, microseconds(summary.firstByte))
      message.number(6, microseconds(summary.total))
      message.number(7, microseconds(summary.upstream))
      message.number(8, microseconds(summary.plugins))
      message.flag(9, summary.clientAborted)
      message.flag(10, summary.truncated)
      for (path, json) in summary.logFields {
        message.message(12) {
          $0.text(1, path)
          $0.text(2, json)
        }
      }
      message.text(13, summary.upstreamURL)
      message.number(14, summary.tries)
      message.text(15, summary.requestID)
      message.number(16, summary.requestHeadBytes)
      message.number(17, summary.responseHeadBytes)
      message.text(18, summary.serviceJSON)
      message.text(19, summary.routeJSON)
      message.number(20, summary.upstreamStatus)
      for one in summary.upstreamTries {
        message.message(21) {
          $0.text(1, one.host)
          $0.number(2, one.port)
          $0.number(3, one.startedAt)
          $0.number(4, microseconds(one.connected))
          $0.text(5, one.error)
          $0.number(6, one.status)
        }
      }
      message.text(25, summary.consumerJSON)
      message.text(26, summary.credentialID)
      if let tls = summary.tls {
        message.text(22, tls.version)
        message.text(23, tls.cipher)
        message.text(24, tls.clientVerify)
      }
    }
  }
}

/// What a subscription shows.
struct ShownFields {
  private let headers: HeaderInterest
  let variables: [String]

  init(_ subscription: SubscriptionMessage) {
    headers = HeaderInterest(subscription.headers)
    variables = subscription.variables
  }

  func of(_ all: Headers) -> [(name: String, value: String)] {
    all.all.filter { headers.shows($0.name) }
  }
}
