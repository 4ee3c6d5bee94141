// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct ConsumerGroupTests {
  private static let nested = """
    consumer_groups:
      - {name: gold, tags: [t], plugins: [{name: p}]}
      - {name: bronze}
    consumers:
      - {username: u, groups: [{name: gold}, bronze]}
      - {username: v}
    """

  private static let flat = """
    plugins: [{name: p, consumer_group: gold}]
    consumer_group_consumers:
      - {consumer: u, consumer_group: gold}
      - {consumer: {username: u}, consumer_group: {name: bronze}}
      - {consumer: u, consumer_group: gold}
    consumers: [{username: u}, {username: v}]
    consumer_groups: [{name: gold, tags: [t]}, {name: bronze}]
    """

  @Test(arguments: [nested, flat]) func `groups are read, and who belongs to them`(
    _ file: String
  ) throws {
    let configuration = try GatewayConfiguration.read(file)
    #expect(configuration.consumerGroups.map(\.name) == ["gold", "bronze"])
    #expect(configuration.consumerGroups[0].tags == ["t"])
    #expect(configuration.consumers.map(\.groups) == [[1, 0], []], "by name")
    #expect(configuration.plugins.map(\.consumerGroup) == [0])
  }

  @Test func `only groups and consumers with plugins have scopes`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      consumer_groups: [{name: gold, plugins: [{name: p}]}, {name: bronze}]
      consumers:
        - {username: a, groups: [gold, bronze]}
        - {username: b, groups: [bronze]}
        - {username: c, plugins: [{name: p}]}
        - {username: d, plugins: [{name: p, enabled: false}]}
        - {username: e, groups: [gold]}
      """)
    let scopes = configuration.consumerScopes
    #expect(
      scopes == [
        ConsumerScope(groups: [0]), .anyone, ConsumerScope(consumer: 2), .anyone,
        ConsumerScope(groups: [0]),
      ])
  }

  @Test func `what is wrong with them is said`() {
    let errors = GatewayConfiguration.errors(
      """
      consumer_groups: [{}, {name: g}, {name: g}]
      consumers:
        - {username: u, groups: [nobody, [5]]}
      consumer_group_consumers:
        - {consumer: u}
        - {consumer: x, consumer_group: g}
      plugins:
        - {name: p, consumer: u, consumer_group: g}
        - {name: p, consumer_group: g}
        - {name: p, consumer_group: g}
        - {name: q, consumer: u, ordering: {before: {access: [p]}}}
      """)
    #expect(
      errors == [
        "consumer_groups[0].name: required field missing (line 2)",
        "consumer_groups[2].name: 'g' is taken by another one (line 2)",
        "consumers[0].groups[0]: there is no consumer group 'nobody' (line 4)",
        "consumers[0].groups[1]: expected the name or id of a consumer group (line 4)",
        "consumer_group_consumers[0].consumer_group: required field missing (line 6)",
        "consumer_group_consumers[1].consumer: there is no consumer 'x' (line 7)",
        "plugins[0].consumer_group: cannot be set beside 'consumer' (line 9)",
        "plugins[2]: plugin 'p' is configured twice for the same scope (line 11)",
        "plugins[3].ordering: cannot be set for a plugin of a consumer or consumer group (line 12)",
      ])
  }
}
