// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostRouting

/// Makes a configuration ready for the event loops, once the plugins have accepted it.
struct SnapshotBuilder {
  let generation: Generation
  /// The names of the plugins, in the order of the workers' pools.
  let plugins: [String]
  /// What serves, by plugin.
  let releases: [String: RunningRelease]

  private var configuration: GatewayConfiguration { generation.configuration }

  func build() throws -> Snapshot {
    var errors: [ConfigurationError] = []
    var rules: [RouteRule] = []
    var destinations: [Destination] = []
    let chains: ChainBuilder
    do throws(ConfigurationError) {
      chains = try ChainBuilder(generation: generation, plugins: plugins, releases: releases)
    } catch {
      throw GatewayConfiguration.Invalid(errors: [error])
    }
    errors += chains.misplaced
    for (index, route) in configuration.routes.enumerated() {
      guard route.service.map({ configuration.services[$0].isEnabled }) ?? true else { continue }
      do throws(ConfigurationError) {
        rules.append(try Self.rule(of: route))
        destinations.append(
          Destination(
            of: route, to: route.service.map { configuration.services[$0] },
            security: generation.upstreams[route.service],
            through: try chains.chains(ofRoute: index)))
      } catch {
        errors.append(error)
      }
    }
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
    var limits = Snapshot.Limits()
    limits.requestBody = configuration.settings.requestBody
    limits.responseBody = configuration.settings.responseBody
    limits.retryBody = configuration.settings.retryBody
    return Snapshot(
      generation: generation.number, routes: RouteTable(rules), destinations: destinations,
      limits: limits, secrets: generation.secrets, consumers: generation.consumers)
  }

  private static func rule(of route: Route) throws(ConfigurationError) -> RouteRule {
    var field = "headers"
    do throws(RoutePattern.Invalid) {
      var headers: [RouteHeader] = []
      for header in route.headers {
        headers.append(try RouteHeader(name: header.name, values: header.values))
      }
      field = "paths"
      return try RouteRule(
        methods: route.methods, hosts: route.hosts, paths: route.paths, headers: headers,
        snis: route.snis, regexPriority: route.regexPriority, createdAt: route.createdAt)
    } catch {
      throw ConfigurationError(
        route.place[field], "invalid regex: \(error.message)", line: route.line)
    }
  }
}
