// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostServices
import NIOCore
import PluginProtocol

// The services that answer from a store: keys and values, and counters.
extension ServiceHost {
  /// Reads or writes a value of the plugin.
  func store(
    _ call: Patchbay__Plugin__V1__ServiceCall, payload: ByteBuffer, for exchange: Exchange,
    step: Int, _ answer: @escaping Answer
  ) {
    let plugin = exchange.chain.steps[step].plugin
    let now = worker.now()
    switch call.operation_case {
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_GET:
      guard let get = call.kv_get?.pointee else { return answer(Self.noOperation) }
      let key = Array(get.key.view)
      reply(answer, shared.withStores { $0.values.get(key, of: plugin, now: now) }) { .value($0) }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_SET:
      guard let set = call.kv_set?.pointee else { return answer(Self.noOperation) }
      let key = Array(set.key.view)
      let ttl = Self.saturating(set.ttl_ms, times: 1_000_000)
      let value = Array(payload.readableBytesView)
      let write = self.write(call, of: exchange, step)
      reply(
        answer,
        shared.withStores {
          $0.values.set(key, to: value, of: plugin, ttl: ttl, now: now, write: write)
        }, ServiceOutcome.init)
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_DELETE:
      guard let delete = call.kv_delete?.pointee else { return answer(Self.noOperation) }
      let key = Array(delete.key.view)
      let write = self.write(call, of: exchange, step)
      reply(
        answer, shared.withStores { $0.values.delete(key, of: plugin, now: now, write: write) },
        ServiceOutcome.init)
    default:
      guard let set = call.kv_compare_and_set?.pointee else { return answer(Self.noOperation) }
      let key = Array(set.key.view)
      let ttl = Self.saturating(set.ttl_ms, times: 1_000_000)
      let (value, version) = (Array(payload.readableBytesView), set.version)
      let write = self.write(call, of: exchange, step)
      reply(
        answer,
        shared.withStores {
          $0.values.set(
            key, to: value, of: plugin, expected: version, ttl: ttl, now: now, write: write)
        }, ServiceOutcome.init)
    }
  }

  /// Reads a counter of the plugin, or adds to it.
  func count(
    _ call: Patchbay__Plugin__V1__ServiceCall, for exchange: Exchange, step: Int,
    _ answer: @escaping Answer
  ) {
    let plugin = exchange.chain.steps[step].plugin
    // Windows are told by the time of day.
    let now = WallClock.microseconds() / 1000
    if call.operation_case == PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_GET {
      guard let get = call.counter_get?.pointee else { return answer(Self.noOperation) }
      let (key, window) = (Array(get.key.view), get.window_ms)
      reply(
        answer,
        shared.withStores { $0.counters.get(key, window: window, of: plugin, now: now) }
      ) { .count($0) }
      return
    }
    guard let add = call.counter_add?.pointee else { return answer(Self.noOperation) }
    let (key, amount, window) = (Array(add.key.view), add.by, add.window_ms)
    let write = self.write(call, of: exchange, step)
    reply(
      answer,
      shared.withStores {
        $0.counters.add(amount, to: key, window: window, of: plugin, now: now, write: write)
      }, ServiceOutcome.init)
  }

  private static var noOperation: ServiceOutcome { .error("bad-request", "no operation") }

  /// The name of the write, and a note that the exchange has made one: it is remembered until the exchange is over.
  private func write(
    _ call: Patchbay__Plugin__V1__ServiceCall, of exchange: Exchange, _ step: Int
  ) -> WriteKey {
    exchange.hasWritten = true
    return WriteKey(
      exchange: exchange.id, instance: exchange.chain.steps[step].instance,
      phase: exchange.calls[step].phase?.rawValue ?? 0, call: exchange.calls[step].number,
      sequence: call.sequence)
  }

  private func reply<Value: Sendable>(
    _ answer: @escaping Answer, _ future: EventLoopFuture<Value>,
    _ outcome: @escaping (Value) -> ServiceOutcome
  ) {
    future.hop(to: worker.loop).assumeIsolated().whenComplete { [worker] result in
      guard case .success(let value) = result else {
        return answer(.error("unavailable", "the host is shutting down"))
      }
      let outcome = outcome(value)
      if case .refused = outcome { worker.countRefusedWrite() }
      answer(outcome)
    }
  }
}
