// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostHTTP
import HostServices
import NIOCore
import NIOPosix
import PluginProtocol

/// What the workers share: the store lives on one of their loops, and the others go there.
final class SharedServices: Sendable {
  let threads: NIOThreadPool
  private let loop: any EventLoop
  private let store: NIOLoopBoundBox<KeyValueStore>

  init(loop: any EventLoop, threads: NIOThreadPool) {
    self.loop = loop
    self.threads = threads
    store = NIOLoopBoundBox.makeBoxSendingValue(KeyValueStore(), eventLoop: loop)
  }

  /// Runs the closure with the store.
  func withStore<Result: Sendable>(
    _ body: @escaping @Sendable (inout KeyValueStore) -> Result
  ) -> EventLoopFuture<Result> {
    loop.submit { body(&self.store.value) }
  }
}

/// The services that plugins ask for during a call, on one worker.
final class ServiceHost {
  typealias Answer = (ServiceOutcome) -> Void
  /// Ends a service call whose answer nobody waits for.
  typealias Cancellation = () -> Void

  private unowned let worker: Worker
  private let shared: SharedServices
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
    let isHTTP = call.operation_case == PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_HTTP
    let service =
      isHTTP
      ? PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_HTTP : PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_KV
    guard exchange.chain.steps[step].services.contains(service.rawValue) else {
      answer(.error("undeclared-service", "the plugin's manifest does not name this service"))
      return nil
    }
    guard isHTTP else {
      store(call, payload: payload, for: exchange, step: step, answer)
      return nil
    }
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
      request, body: payload, of: exchange.chain.steps[step].plugin,
      secrets: exchange.snapshot.secrets, deadline: deadline,
      worker: worker, answer
    ).map { call in { call.cancel() } }
  }

  private func store(
    _ call: Patchbay__Plugin__V1__ServiceCall, payload: ByteBuffer, for exchange: Exchange,
    step: Int, _ answer: @escaping Answer
  ) {
    let plugin = exchange.chain.steps[step].plugin
    let write = KeyValueStore.WriteKey(
      exchange: exchange.id, instance: exchange.chain.steps[step].instance,
      phase: exchange.calls[step].phase?.rawValue ?? 0,
      ordinal: exchange.calls[step].ordinal, sequence: call.sequence)
    let now = worker.now()
    switch call.operation_case {
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_GET:
      let key = Array(call.kv_get?.pointee.key.view ?? .init(start: nil, count: 0))
      reply(answer, shared.withStore { $0.get(key, of: plugin, now: now) }) { entry in
        .value(entry)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_SET:
      guard let set = call.kv_set?.pointee else {
        return answer(.error("bad-request", "no operation"))
      }
      let key = Array(set.key.view)
      let ttl = Self.saturating(set.ttl_ms, times: 1_000_000)
      let value = Array(payload.readableBytesView)
      reply(
        answer,
        shared.withStore { $0.set(key, to: value, of: plugin, ttl: ttl, now: now, write: write) }
      ) { .written($0) }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_DELETE:
      let key = Array(call.kv_delete?.pointee.key.view ?? .init(start: nil, count: 0))
      reply(
        answer, shared.withStore { $0.delete(key, of: plugin, now: now, write: write) }
      ) { .written($0) }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_COMPARE_AND_SET:
      guard let set = call.kv_compare_and_set?.pointee else {
        return answer(.error("bad-request", "no operation"))
      }
      let key = Array(set.key.view)
      let ttl = Self.saturating(set.ttl_ms, times: 1_000_000)
      let (value, version) = (Array(payload.readableBytesView), set.version)
      reply(
        answer,
        shared.withStore {
          $0.set(
            key, to: value, of: plugin, expected: version, ttl: ttl, now: now, write: write)
        }
      ) { .written($0) }
    default:
      answer(.error("unknown-service", "the host does not know this service"))
    }
  }

  private func reply<Value: Sendable>(
    _ answer: @escaping Answer, _ future: EventLoopFuture<Value>,
    _ outcome: @escaping (Value) -> ServiceOutcome
  ) {
    future.hop(to: worker.loop).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let value): answer(outcome(value))
      case .failure: answer(.error("unavailable", "the host is shutting down"))
      }
    }
  }

  private static func saturating(_ value: UInt64, times factor: UInt64) -> UInt64 {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// Counts a metric of a committed reply. One without a name or with a label that is no text means nothing.
  func record(_ metric: Patchbay__Plugin__V1__Metric) {
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
    metrics.record(name, labels: labels, kind, metric.value, time: worker.now())
  }
}

/// What a plugin gets for a service call.
enum ServiceOutcome {
  case error(String, String)
  case value(KeyValueStore.Entry?)
  case written(KeyValueStore.OnWrite)
  case response(status: Int, fields: HeaderFields, body: ByteBuffer)

  var payload: ByteBuffer {
    switch self {
    case .error, .written: ByteBuffer()
    case .value(let entry): entry.map { ByteBuffer(bytes: $0.value) } ?? ByteBuffer()
    case .response(_, _, let body): body
    }
  }

  func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__ServiceResult> {
    let message = arena.make { patchbay__plugin__v1__service_result__init($0) }
    message.pointee.body_length = UInt64(payload.readableBytes)
    switch self {
    case .error(let code, let text):
      message.pointee.error = PeerFailure(code: code, message: text).message(in: arena)
    case .value(let entry):
      let value = arena.make { patchbay__plugin__v1__kv_value__init($0) }
      value.pointee.found = entry == nil ? 0 : 1
      value.pointee.version = entry?.version ?? 0
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_VALUE
      message.pointee.kv_value = value
    case .written(let outcome):
      fill(message, outcome, arena)
    case .response(let status, let fields, _):
      let response = arena.make { patchbay__plugin__v1__http_response__init($0) }
      response.pointee.status = UInt32(status)
      (response.pointee.headers, response.pointee.n_headers) = arena.headers(
        .all(named: HeaderSelection.sensitive), fields, HeaderEdits())
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_HTTP
      message.pointee.http = response
    }
    return message
  }

  private func fill(
    _ message: UnsafeMutablePointer<Patchbay__Plugin__V1__ServiceResult>,
    _ outcome: KeyValueStore.OnWrite, _ arena: MessageArena
  ) {
    let written = arena.make { patchbay__plugin__v1__kv_written__init($0) }
    switch outcome {
    case .written(let version):
      written.pointee.written = 1
      written.pointee.version = version
    case .mismatch(let version): written.pointee.version = version
    case .refused(let refusal):
      message.pointee.error = PeerFailure(
        code: "kv-refused", message: "the store refused the write: \(refusal)"
      ).message(in: arena)
      return
    }
    message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_WRITTEN
    message.pointee.kv_written = written
  }
}
