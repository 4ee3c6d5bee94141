// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import HostConfiguration
import HostGateway
import HostProcesses

/// What the admin API answers.
enum AdminEndpoints {
  static func routes(_ control: ControlPlane, _ gateway: Gateway) -> AdminRoutes {
    var routes = AdminRoutes()
    // Names this run of the gateway.
    let node = UUID().uuidString.lowercased()
    routes.add("GET", "/") { _, _ in
      .json(
        NodeAnswer(
          node: node, packages: await control.packages, running: await control.view))
    }
    routes.add("GET", "/status") { _, _ in
      do {
        return .json(
          StatusAnswer(
            gateway: try await gateway.status(), processes: await control.processes(),
            running: await control.view))
      } catch {
        return .error(503, "The gateway is shutting down")
      }
    }
    routes.add("GET", "/status/ready") { _, _ in
      await control.view.generation > 0
        ? .json(["message": "ready"]) : .error(503, "no configuration has been taken")
    }
    MetricsEndpoint.add(to: &routes, node: node, control, gateway)
    ConfigEndpoints.add(to: &routes, control)
    PluginEndpoints.add(to: &routes, control)
    SchemaEndpoints.add(to: &routes, control)
    EntityEndpoints.add(to: &routes, control)
    return routes
  }
}

/// `GET /`: who answers, in Kong's members.
struct NodeAnswer: Encodable, Sendable {
  struct Plugins: Encodable, Sendable {
    struct Package: Encodable, Sendable {
      let version: String
      let priority: Int
    }

    /// The names stand as they are: they are no members whose names are spelt anew.
    let availableOnServer: NamedValues<Package>
    let enabledInCluster: [String]
  }

  struct Pids: Encodable, Sendable {
    let master: Int32
  }

  let version = Patchbay.version
  let tagline = "Welcome to patchbay"
  let hostname = ProcessInfo.processInfo.hostName
  let nodeId: String
  let pids = Pids(master: ProcessInfo.processInfo.processIdentifier)
  let plugins: Plugins

  init(node: String, packages: [InstalledPackage], running: RunningConfiguration) {
    nodeId = node
    let enabled = running.configuration.plugins.filter(\.isEnabled).map(\.name)
    plugins = Plugins(
      availableOnServer: NamedValues(
        packages.map {
          ($0.name, Plugins.Package(version: $0.version, priority: $0.priority))
        }),
      enabledInCluster: Set(enabled).sorted())
  }
}

/// An object whose members have names that are data: they are written as they are.
struct NamedValues<Value: Encodable & Sendable>: Encodable, Sendable {
  private let values: [(name: String, value: Value)]

  init(_ values: [(name: String, value: Value)]) { self.values = values }

  func encode(to encoder: any Encoder) throws {
    // Names of a dictionary's members are not subject to the encoder's spelling.
    try Dictionary(values.map { ($0.name, $0.value) }) { first, _ in first }.encode(to: encoder)
  }
}

/// `GET /status`: Kong's members where we have what they mean, and our own.
struct StatusAnswer: Encodable, Sendable {
  struct Server: Encodable, Sendable {
    var totalRequests: Int
    var connectionsAccepted: Int
    /// All that are accepted are handled.
    var connectionsHandled: Int
    var connectionsActive: Int
    var connectionsReading: Int
    var connectionsWriting: Int
    var connectionsWaiting: Int
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

  /// There is none: the declarative file is in memory.
  struct Database: Encodable, Sendable {
    var reachable = true
  }

  struct Configuration: Encodable, Sendable {
    var generation: UInt64
    /// Unix seconds.
    var since: Int
  }

  var version = Patchbay.version
  var server: Server
  var memory: Memory
  var database = Database()
  var configurationHash: String?
  var configuration: Configuration
  var gateway: GatewayStatus

  init(gateway: GatewayStatus, processes: [ProcessStatus], running: RunningConfiguration) {
    self.gateway = gateway
    let connections = gateway.connections
    server = Server(
      totalRequests: gateway.exchanges, connectionsAccepted: connections.accepted,
      connectionsHandled: connections.accepted, connectionsActive: connections.active,
      connectionsReading: connections.reading, connectionsWriting: connections.writing,
      connectionsWaiting: connections.waiting)
    configurationHash = running.configuration.fingerprint
    configuration = Configuration(generation: running.generation, since: running.since)
    memory = Memory(
      rss: ProcessStatus.residentBytes(of: ProcessInfo.processInfo.processIdentifier),
      plugins: processes.compactMap { process in
        guard let pid = process.pid, let rss = process.rss else { return nil }
        return Memory.Process(plugin: process.plugin, pid: pid, rss: rss)
      })
  }
}
