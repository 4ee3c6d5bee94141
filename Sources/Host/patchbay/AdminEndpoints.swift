// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import HostGateway
import HostProcesses

/// What the admin API answers.
enum AdminEndpoints {
  static func routes(_ control: ControlPlane, _ gateway: Gateway) -> AdminRoutes {
    var routes = AdminRoutes()
    routes.add("GET", "/status") { _ in
      do {
        return .json(
          StatusAnswer(
            gateway: try await gateway.status(), processes: await control.processes()))
      } catch {
        return .error(503, "The gateway is shutting down")
      }
    }
    routes.add("GET", "/plugins/processes") { _ in
      let now = Date.now
      return .json(["data": await control.processes().map { ProcessAnswer($0, now: now) }])
    }
    return routes
  }
}

/// `GET /status`: Kong's members where we have what they mean, and our own.
struct StatusAnswer: Encodable, Sendable {
  struct Server: Encodable, Sendable {
    var totalRequests: Int
  }

  struct Memory: Encodable, Sendable {
    struct Process: Encodable, Sendable {
      var plugin: String
      var pid: Int32
      /// Bytes.
      var rss: Int
    }

    /// Bytes of the host itself.
    var rss: Int?
    var plugins: [Process]
  }

  var version = Patchbay.version
  var server: Server
  var memory: Memory
  var gateway: GatewayStatus

  init(gateway: GatewayStatus, processes: [ProcessStatus]) {
    self.gateway = gateway
    server = Server(totalRequests: gateway.exchanges)
    memory = Memory(
      rss: ProcessStatus.residentBytes(of: ProcessInfo.processInfo.processIdentifier),
      plugins: processes.compactMap { process in
        guard let pid = process.pid, let rss = process.rss else { return nil }
        return Memory.Process(plugin: process.plugin, pid: pid, rss: rss)
      })
  }
}

/// An element of `GET /plugins/processes`. All members are always there: what does not apply is null.
struct ProcessAnswer: Encodable, Sendable {
  private let status: ProcessStatus
  /// Unix seconds, as Kong's `created_at`.
  private let since: Int

  init(_ status: ProcessStatus, now: Date) {
    self.status = status
    since = Int((now.timeIntervalSince1970 - status.since).rounded())
  }

  private enum Name: String, CodingKey {
    case plugin, version, state, since, reason, next, pid, incarnation, restarts, inFlight, rss,
      sandbox, lastLines
  }

  func encode(to encoder: any Encoder) throws {
    func text(_ text: String) -> String? { text.isEmpty ? nil : text }
    var members = encoder.container(keyedBy: Name.self)
    try members.encode(status.plugin, forKey: .plugin)
    try members.encode(status.version, forKey: .version)
    try members.encode(status.state, forKey: .state)
    try members.encode(since, forKey: .since)
    try members.encode(text(status.reason), forKey: .reason)
    try members.encode(text(status.next), forKey: .next)
    try members.encode(status.pid, forKey: .pid)
    try members.encode(status.incarnation, forKey: .incarnation)
    try members.encode(status.restarts, forKey: .restarts)
    try members.encode(status.inFlight, forKey: .inFlight)
    try members.encode(status.rss, forKey: .rss)
    try members.encode(status.sandbox, forKey: .sandbox)
    try members.encode(status.lastLines, forKey: .lastLines)
  }
}
