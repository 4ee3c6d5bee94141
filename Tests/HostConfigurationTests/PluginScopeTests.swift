// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

/// Of a plugin's instances exactly one runs: the most specific one.
struct PluginScopeTests {
  /// Kong's levels, the most specific first.
  private static let levels = [
    "{name: p, route: r, service: s, consumer: c}",
    "{name: p, route: r, service: s, consumer_group: g}",
    "{name: p, route: r, consumer: c}", "{name: p, service: s, consumer: c}",
    "{name: p, route: r, consumer_group: g}", "{name: p, service: s, consumer_group: g}",
    "{name: p, route: r, service: s}", "{name: p, consumer: c}", "{name: p, consumer_group: g}",
    "{name: p, route: r}", "{name: p, service: s}", "{name: p}",
  ]

  private func configuration(_ plugins: [String]) throws -> GatewayConfiguration {
    try .read(
      """
      services: [{name: s, host: h, routes: [{name: r, paths: [/]}]}]
      consumer_groups: [{name: g}, {name: f}]
      consumers: [{username: c, groups: [g, f]}, {username: d}]
      plugins: [\(plugins.joined(separator: ", "))]
      """)
  }

  private func chosen(_ plugins: [String], _ consumer: Int?) throws -> [String] {
    let configuration = try configuration(plugins)
    let scope = consumer.map { configuration.consumerScopes[$0] } ?? .anyone
    return configuration.candidates(ofRoute: 0).instances(for: scope).map { plugins[$0] }
  }

  @Test(arguments: levels.indices) func `the levels are Kong's`(_ level: Int) throws {
    let plugins = Array(Self.levels[level...])
    #expect(try chosen(plugins, 0) == [plugins[0]])
    #expect(try chosen(plugins.reversed(), 0) == [plugins[0]], "wherever they stand in the file")
    let others = plugins.filter { !$0.contains("consumer") }
    #expect(try chosen(plugins, 1) == Array(others.prefix(1)), "for another consumer")
    #expect(try chosen(plugins, nil) == Array(others.prefix(1)), "for whoever is not known")
  }

  @Test func `of two groups the first by name counts, of its level`() throws {
    let (g, f) = ("{name: p, consumer_group: g}", "{name: p, consumer_group: f}")
    #expect(try chosen([g, f], 0) == [f])
    let routed = "{name: p, route: r, consumer_group: g}"
    #expect(try chosen([routed, f], 0) == [routed])
  }

  @Test func `an instance for one protocol leaves the other to the next one`() throws {
    let configuration = try configuration([
      "{name: p, route: r, protocols: [https]}", "{name: p, protocols: [grpc, http, https]}",
      "{name: q, protocols: [http, grpc]}",
    ])
    #expect(configuration.candidates(ofRoute: 0, isSecure: true).instances() == [0])
    #expect(configuration.candidates(ofRoute: 0, isSecure: false).instances() == [1, 2])
  }

  @Test func `what is not enabled does not run`() throws {
    #expect(
      try chosen(["{name: p, route: r, enabled: false}", "{name: p}"], nil) == ["{name: p}"])
  }
}
