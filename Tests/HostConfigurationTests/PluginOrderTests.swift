// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

/// Plugins named by their priorities: `p9` runs before `p1` unless `ordering` says otherwise.
struct PluginOrderTests {
  private func order(_ plugins: String...) throws -> String {
    let configuration = try GatewayConfiguration.read(
      "plugins: [\(plugins.map { "{name: \($0)}" }.joined(separator: ", "))]")
    let indices = Array(configuration.plugins.indices)
    return try configuration.ordered(indices) { Int32($0.dropFirst()) ?? 0 }
      .map { configuration.plugins[$0].name }.joined(separator: " ")
  }

  @Test func `by priority, and by name where that is the same`() throws {
    #expect(try order("p1", "p9", "p5") == "p9 p5 p1")
    #expect(try order("z", "a", "p1") == "p1 a z")
  }

  @Test func `what must come before another one comes right before it`() throws {
    #expect(
      try order("p9", "p5", "p3", "p1, ordering: {before: {access: [p9]}}") == "p1 p9 p5 p3")
    #expect(
      try order("p9, ordering: {after: {access: [p3]}}", "p5", "p3", "p1") == "p3 p9 p5 p1")
    #expect(
      try order("p9", "p5", "p1, ordering: {before: {access: [p5]}}", "p3") == "p9 p1 p5 p3")
  }

  @Test func `several may come before one, in the order of their priorities`() throws {
    #expect(
      try order(
        "p9", "p2, ordering: {before: {access: [p9]}}", "p4, ordering: {before: {access: [p9]}}")
        == "p4 p2 p9")
    #expect(
      try order(
        "p9", "p5, ordering: {before: {access: [p9]}}", "p3, ordering: {before: {access: [p5]}}")
        == "p3 p5 p9")
  }

  @Test func `names of plugins that do not run here change nothing`() throws {
    let configuration = try GatewayConfiguration.read(
      "plugins: [{name: p9}, {name: p1, ordering: {before: {access: [p7]}}}, {name: p7}]")
    #expect(try configuration.ordered([0, 1]) { Int32($0.dropFirst()) ?? 0 } == [0, 1])
  }

  @Test(arguments: [
    (["p1, ordering: {before: {access: [p1]}}"], 0, "p1, p1"),
    (
      ["p9, ordering: {after: {access: [p1]}}", "p1, ordering: {after: {access: [p9]}}"], 0,
      "p9, p1, p9"
    ),
    (
      [
        "p9", "p5, ordering: {before: {access: [p9]}, after: {access: [p1]}}",
        "p1, ordering: {after: {access: [p9]}}",
      ], 1, "p9, p5, p1, p9"
    ),
  ])
  func `orderings that contradict each other are an error`(
    _ plugins: [String], _ place: Int, _ way: String
  ) throws {
    let configuration = try GatewayConfiguration.read(
      "plugins:\n" + plugins.map { "  - {name: \($0)}\n" }.joined())
    let error = #expect(throws: ConfigurationError.self) {
      _ = try configuration.ordered(Array(configuration.plugins.indices)) {
        Int32($0.dropFirst()) ?? 0
      }
    }
    #expect(
      error?.description
        == "plugins[\(place)].ordering: the orderings contradict each other: \(way) "
        + "(line \(place + 3))")
  }
}
