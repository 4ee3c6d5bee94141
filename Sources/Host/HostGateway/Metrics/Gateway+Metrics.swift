// SPDX-License-Identifier: Apache-2.0

import HostExchange
package import HostServices

/// The numbers of one event loop.
private struct LoopNumbers: Sendable {
  var counters: Counters
  var inFlight: Int
  var connections: ConnectionStatus
  var measured: MetricStore
  var calls: CallTimes
  var plugins: [String]
  var pluginsInFlight: [Int]
  var lag: DurationHistogram
  var upstreams: (open: Int, idle: Int, waiting: Int)
  var deliveries: [DeliveryDesk.Owner: DeliveryCounts]
}

/// What the data plane has counted, at one time.
package struct GatewayMetrics: Sendable {
  package var page = MetricPage()
  /// Since the host started.
  package var exchanges = 0
  package var connections = ConnectionStatus()
}

// What Prometheus reads of the data plane: collected when it asks, from counters that the event loops have anyway.
extension Gateway {
  /// What plugins have measured, and what the event loops have counted themselves.
  package func metrics() async throws -> GatewayMetrics {
    let loops = try await onWorkers { _, worker in
      LoopNumbers(
        counters: worker.counters, inFlight: worker.inFlight, connections: worker.connections,
        measured: worker.services.metrics, calls: worker.callTimes, plugins: worker.plugins,
        pluginsInFlight: worker.pluginsInFlight, lag: worker.loopLag,
        upstreams: worker.upstreams.numbers, deliveries: worker.deliveries.counts)
    }
    var metrics = GatewayMetrics()
    var measured = MetricStore()
    for loop in loops {
      measured.merge(loop.measured)
      metrics.exchanges += loop.counters.exchanges
      metrics.connections.merge(loop.connections)
    }
    measured.show(on: &metrics.page)
    metrics.page.count(
      "patchbay_metrics_dropped_total",
      "Measurements of plugins that were no number, had no usable name or found no room.",
      measured.dropped)
    show(loops, on: &metrics.page)
    showCalls(loops, on: &metrics.page)
    showDeliveries(loops, on: &metrics.page)
    return metrics
  }

  private func show(_ loops: [LoopNumbers], on page: inout MetricPage) {
    func sum(_ number: (LoopNumbers) -> Int) -> Int { loops.reduce(0) { $0 + number($1) } }
    page.count(
      "patchbay_exchanges_total", "Requests of clients.", sum { $0.counters.exchanges })
    page.gauge(
      "patchbay_exchanges_in_flight", "Exchanges that are not over.", sum { $0.inFlight })
    page.count(
      "patchbay_connections_accepted_total", "Connections of clients.",
      sum { $0.connections.accepted })
    let states: [(String, (LoopNumbers) -> Int)] = [
      ("reading", { $0.connections.reading }), ("writing", { $0.connections.writing }),
      ("waiting", { $0.connections.waiting }),
    ]
    for (state, number) in states {
      page.gauge(
        "patchbay_connections", "Connections of clients, by what they do.", ["state": state],
        sum(number))
    }
    var refusals: [String: Int] = [:]
    for loop in loops { refusals.merge(loop.counters.refusals, uniquingKeysWith: +) }
    for (code, count) in refusals {
      page.count(
        "patchbay_refusals_total",
        "Clients that met a limit or sent what is no request, by code.", ["code": code], count)
    }
    page.count(
      "patchbay_late_replies_total", "Replies of plugins that nobody waited for any more.",
      sum { $0.counters.late })
    page.count(
      "patchbay_refused_writes_total", "Writes of plugins that a store did not take.",
      sum { $0.counters.refusedWrites })
    let upstreams: [(String, (LoopNumbers) -> Int)] = [
      ("active", { $0.upstreams.open - $0.upstreams.idle }), ("idle", { $0.upstreams.idle }),
    ]
    for (state, number) in upstreams {
      page.gauge(
        "patchbay_upstream_connections", "Connections to upstreams.", ["state": state],
        sum(number))
    }
    page.gauge(
      "patchbay_upstream_waiting", "Requests that wait for a connection to their upstream.",
      sum { $0.upstreams.waiting })
    for (index, loop) in loops.enumerated() {
      page.add(
        "patchbay_event_loop_lag_seconds",
        "How late timers of an event loop were, while it had exchanges.", ["loop": "\(index)"],
        loop.lag.value)
    }
  }

  private func showCalls(_ loops: [LoopNumbers], on page: inout MetricPage) {
    // Pools have the same order on all loops; one may have been asked before it knew of the last.
    let plugins = loops.map(\.plugins).max { $0.count < $1.count } ?? []
    for (pool, plugin) in plugins.enumerated() {
      let inFlight = loops.reduce(0) { sum, loop in
        loop.pluginsInFlight.indices.contains(pool) ? sum + loop.pluginsInFlight[pool] : sum
      }
      page.gauge(
        "patchbay_plugin_calls_in_flight", "Streams that are open on a plugin's processes.",
        ["plugin": plugin], inFlight)
    }
    var calls = CallTimes()
    for loop in loops { calls.merge(loop.calls) }
    calls.forEach { pool, phase, entry in
      guard plugins.indices.contains(pool) else { return }
      let (plugin, phase) = (plugins[pool], "\(phase.name)")
      for outcome in Outcome.allCases where entry.outcomes[Int(outcome.rawValue)] > 0 {
        page.count(
          "patchbay_plugin_calls_total", "Calls of plugins, by how they ended.",
          ["plugin": plugin, "phase": phase, "outcome": "\(outcome.name)"],
          entry.outcomes[Int(outcome.rawValue)])
      }
      guard !entry.run.isEmpty else { return }
      page.add(
        "patchbay_plugin_queue_seconds", "How long answered calls waited for a process.",
        ["plugin": plugin, "phase": phase], entry.queue.value)
      page.add(
        "patchbay_plugin_wire_seconds",
        "How long answered calls were on the way to the plugin and back.",
        ["plugin": plugin, "phase": phase], entry.wire.value)
      page.add(
        "patchbay_plugin_run_seconds", "How long plugins worked on answered calls.",
        ["plugin": plugin, "phase": phase], entry.run.value)
    }
  }

  private func showDeliveries(_ loops: [LoopNumbers], on page: inout MetricPage) {
    for one in DeliveryStatus.all(loops.map(\.deliveries)) {
      let labels: KeyValuePairs = ["plugin": one.plugin, "instance": one.instance]
      page.count(
        "patchbay_delivery_queued_total", "Entries that plugins handed over.", labels, one.queued)
      page.count(
        "patchbay_delivery_delivered_total", "Entries that have arrived.", labels, one.delivered)
      page.count(
        "patchbay_delivery_retries_total", "Tries of a batch after its first one.", labels,
        one.retries)
      for reason in DropReason.allCases {
        page.count(
          "patchbay_delivery_dropped_total", "Entries that were lost, by reason.",
          ["plugin": one.plugin, "instance": one.instance, "reason": reason.rawValue],
          one.dropped[reason.rawValue] ?? 0)
      }
      page.gauge(
        "patchbay_delivery_waiting_entries", "Entries that have not arrived yet.", labels,
        one.waiting)
      page.gauge(
        "patchbay_delivery_waiting_bytes", "Their bytes.", labels, one.bytes)
    }
  }
}
