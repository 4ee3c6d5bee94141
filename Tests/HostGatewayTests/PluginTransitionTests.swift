// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostGateway

struct PluginTransitionTests {
  private func transition(
    _ running: [String: Int], _ wanted: [String: Int], hopeless: Set<String> = []
  ) -> String {
    let it = PluginTransition(running: running, wanted: wanted, hopeless: hopeless)
    return [
      ("kept", it.kept), ("started", it.started), ("replaced", it.replaced),
      ("dropped", it.dropped),
    ]
    .filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ","))" }
    .joined(separator: "; ")
  }

  @Test func `everything is started at first`() {
    #expect(transition([:], ["b": 1, "a": 1]) == "started a,b")
  }

  @Test func `what is wanted as it runs is kept, the rest comes or goes`() {
    #expect(
      transition(["a": 1, "b": 1, "c": 1], ["b": 1, "c": 1, "d": 1])
        == "kept b,c; started d; dropped a")
  }

  @Test func `another confinement needs other processes`() {
    #expect(transition(["a": 1, "b": 1], ["a": 2, "b": 1]) == "kept b; replaced a")
  }

  @Test func `processes of which none works are replaced, where they are still wanted`() {
    #expect(
      transition(["a": 1, "b": 1], ["a": 1], hopeless: ["a", "b"]) == "replaced a; dropped b")
  }
}
