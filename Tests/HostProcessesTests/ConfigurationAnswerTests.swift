// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import Testing

@testable import HostProcesses

@Suite struct ConfigurationAnswerTests {
  private static let manifest = PackageManifest(
    name: "x", version: "1.0.0", priority: 0, phases: [1, 3], configSchema: [], services: [],
    failsOpen: false, stateVersion: 1)

  private func problem(asked: [UInt32], answered: [(UInt32, [UInt32])]) -> String? {
    answer(answered).problem(
      asked: asked.map { .init(instance: $0, id: "", config: []) }, of: Self.manifest)
  }

  private func answer(_ instances: [(UInt32, [UInt32])]) -> ControlMessage.Configured {
    ControlMessage.Configured(
      generation: 1,
      instances: instances.map { instance, phases in
        .init(
          instance: instance, subscriptions: phases.map { SubscriptionMessage(phase: $0) },
          diagnostics: [], logFiles: [])
      })
  }

  @Test func `an answer for every instance is taken, in any order`() {
    #expect(problem(asked: [1, 2], answered: [(2, [1, 3]), (1, [])]) == nil)
  }

  @Test func `an instance that is missing, strange or answered for twice is refused`() {
    #expect(problem(asked: [1, 2], answered: [(1, [])]) == "did not answer for instance 2")
    #expect(problem(asked: [1], answered: [(1, []), (7, [])])?.contains("instance 7") == true)
    #expect(problem(asked: [1], answered: [(1, []), (1, [])])?.contains("instance 1") == true)
  }

  @Test func `a phase that the manifest does not name is refused`() {
    #expect(problem(asked: [1], answered: [(1, [4])])?.contains("phase 4") == true)
  }

  @Test func `processes of one plugin must want the same`() {
    let first = answer([(1, [1]), (2, [3])])
    #expect(first.agrees(with: answer([(2, [3]), (1, [1])])))
    #expect(!first.agrees(with: answer([(1, [1]), (2, [1])])))
    #expect(!first.agrees(with: answer([(1, [1])])))
  }
}
