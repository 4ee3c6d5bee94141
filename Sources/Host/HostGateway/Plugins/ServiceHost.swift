// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostHTTP
import HostServices
import NIOCore
import NIOPosix
import PluginProtocol

/// The services that plugins ask for during a call, on one worker.
final class ServiceHost {
  typealias Answer = (ServiceOutcome) -> Void
  /// Ends a service call whose answer nobody waits for.
  typealias Cancellation = () -> Void

  unowned let worker: Worker
  let shared: SharedServices
  private(set) var metrics = MetricStore()

  init(worker: Worker, shared: SharedServices) {
    self.worker = worker
    self.shared = shared
  }

  /// Performs a service call; the answer is given on the worker's loop, once.
  ///
  /// - Returns: what ends it, when it takes longer than a moment.
  func perform(
    _ call: Patchbay__Plugin__V1__ServiceCall, payload: ByteBuffer, for exchange: Exchange,
    step: Int, _ answer: @escaping Answer
  ) -> Cancellation? {
    guard let service = Self.service(of: call) else {
      answer(.error("unknown-service", "the host does not know this service"))
      return nil
    }
    guard exchange.chain.steps[step].services.contains(service.rawValue) else {
      answer(.error("undeclared-service", "the plugin's manifest does not name this service"))
      return nil
    }
    switch service {
    case PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_KV:
      store(call, payload: payload, for: exchange, step: step, answer)
      return nil
    case PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_COUNTER:
      count(call, for: exchange, step: step, answer)
      return nil
    case PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_SIGN:
      sign(call, payload: payload, for: exchange, step: step, answer)
      return nil
    case PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_CONSUMERS:
      answer(find(call, payload: payload, for: exchange))
      return nil
    default: return send(call, payload: payload, for: exchange, step: step, answer)
    }
  }

  /// The service that a plugin must have named in its manifest to make the call; nil: there is no such call.
  private static func service(
    of call: Patchbay__Plugin__V1__ServiceCall
  ) -> Patchbay__Plugin__V1__Service? {
    switch call.operation_case {
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_HTTP:
      PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_HTTP
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_GET,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_SET,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_DELETE,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_COMPARE_AND_SET:
      PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_KV
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_ADD,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_GET:
      PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_COUNTER
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_HMAC,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_JWT:
      PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_SIGN
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CREDENTIAL,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CONSUMER:
      PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_CONSUMERS
    default: nil
    }
  }

  private func send(
    _ call: Patchbay__Plugin__V1__ServiceCall, payload: ByteBuffer, for exchange: Exchange,
    step: Int, _ answer: @escaping Answer
  ) -> Cancellation? {
    guard let request = call.http?.pointee else {
      answer(.error("bad-request", "no operation"))
      return nil
    }
    var deadline = exchange.calls[step].deadline
    if call.budget_us > 0 {
      deadline = min(
        deadline, Self.sum(worker.now(), Self.saturating(call.budget_us, times: 1000)))
    }
    return HTTPServiceCall.start(
      request, body: payload, of: exchange.chain.steps[step],
      secrets: exchange.snapshot.secrets, deadline: deadline,
      worker: worker, answer
    ).map { call in { call.cancel() } }
  }

  static func saturating(_ value: UInt64, times factor: UInt64) -> UInt64 {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// Counts a metric of a committed reply. One without a name or with a label that is no text means nothing.
  func record(_ metric: Patchbay__Plugin__V1__Metric, of step: ChainStep) {
    guard let name = String(field: metric.name), !name.isEmpty else { return }
    let labels = (0..<metric.n_labels).compactMap { index -> (name: String, value: String)? in
      guard let label = metric.labels[index]?.pointee, let key = String(field: label.name),
        let value = String(field: label.value)
      else { return nil }
      return (key, value)
    }
    let kind: MetricStore.Kind =
      switch metric.kind {
      case PATCHBAY__PLUGIN__V1__METRIC__KIND__GAUGE: .gauge
      case PATCHBAY__PLUGIN__V1__METRIC__KIND__HISTOGRAM: .histogram
      default: .counter
      }
    let exact = (metric.exact?.pointee).map { ($0.coefficient, Int($0.exponent)) }
    metrics.record(
      name, labels: labels, kind, metric.value, exact: exact, declared: step.metrics[name],
      time: worker.now())
  }
}
