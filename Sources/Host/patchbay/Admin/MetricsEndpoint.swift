// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import HostGateway
import HostProcesses
import HostServices

/// `GET /metrics`, for Prometheus: what plugins have measured, and the host's own.
enum MetricsEndpoint {
  /// - Parameter node: names this run of the gateway.
  static func add(
    to routes: inout AdminRoutes, node: String, _ control: ControlPlane, _ gateway: Gateway
  ) {
    routes.add("GET", "/metrics") { request, _ in
      do {
        var metrics = try await gateway.metrics()
        await control.show(await control.processes(), on: &metrics.page)
        show(metrics.exchanges, metrics.connections, node: node, on: &metrics.page)
        let format = format(for: request.accept)
        return .text(metrics.page.text(format), contentType: format.contentType)
      } catch {
        return .error(503, "The gateway is shutting down")
      }
    }
  }

  /// OpenMetrics for who asks for it.
  private static func format(for accept: String) -> MetricPage.Format {
    accept.lowercased().contains("application/openmetrics-text") ? .openMetrics : .text
  }

  /// The node's metrics, in Kong's names where Kong has one.
  private static func show(
    _ exchanges: Int, _ connections: ConnectionStatus, node: String, on page: inout MetricPage
  ) {
    page.gauge(
      "patchbay_build_info", "The version that runs; always 1.", ["version": Patchbay.version], 1)
    let pid = ProcessInfo.processInfo.processIdentifier
    if let bytes = ProcessStatus.residentBytes(of: pid) {
      page.gauge("patchbay_resident_bytes", "Memory that the host itself has.", bytes)
    }
    page.gauge(
      "kong_node_info", "Kong Node metadata information",
      ["node_id": node, "version": Patchbay.version], 1)
    page.gauge(
      "kong_datastore_reachable", "Datastore reachable from Kong, 0 is unreachable", 1)
    page.gauge(
      "kong_nginx_requests_total", "Total number of requests",
      ["node_id": node, "subsystem": "http"], exchanges)
    for (state, count) in [
      ("accepted", connections.accepted), ("handled", connections.accepted),
      ("total", exchanges), ("active", connections.active),
      ("reading", connections.reading), ("writing", connections.writing),
      ("waiting", connections.waiting),
    ] {
      page.gauge(
        "kong_nginx_connections_total", "Number of connections by subsystem",
        ["node_id": node, "subsystem": "http", "state": state], count)
    }
  }
}
