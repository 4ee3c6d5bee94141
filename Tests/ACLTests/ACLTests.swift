// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import acl

struct ACLTests {
  private func ask(
    _ config: String, _ variables: [String: Variable] = [:]
  ) async throws -> CallResult {
    let exchange = try await PluginHarness(ACL.self, configJSON: config).exchange(.get("/"))
    for (name, value) in variables { await exchange.set(name, value) }
    return try await exchange.request()
  }

  private func consumer(_ groups: JSONValue..., more: [String: Variable] = [:]) -> [String:
    Variable]
  {
    ["consumer.id": "id", "credential.id": "c", "consumer.acl_groups": .json(.array(groups))]
      .merging(more) { $1 }
  }

  private func refusal(_ result: CallResult) -> String? {
    result.responded ? result.response.map { "\($0.status) \($0.text)" } : nil
  }

  private let forbidden = #"403 {"message":"You cannot consume this service"}"#
  private let unknown = #"401 {"message":"Unauthorized"}"#

  @Test func `of the groups that are allowed one is enough`() async throws {
    let config = #"{"allow": ["a", "b"]}"#
    #expect(refusal(try await ask(config, consumer("x", "b"))) == nil)
    #expect(refusal(try await ask(config, consumer("x"))) == forbidden)
    #expect(refusal(try await ask(config, consumer("A"))) == forbidden)
    #expect(refusal(try await ask(config, consumer())) == forbidden)
  }

  @Test func `of the groups that are denied one is too many`() async throws {
    let config = #"{"deny": ["a", "b"]}"#
    #expect(refusal(try await ask(config, consumer("x", "b"))) == forbidden)
    #expect(refusal(try await ask(config, consumer("x"))) == nil)
    #expect(refusal(try await ask(config, consumer())) == nil)
  }

  @Test func `who is not known is told so`() async throws {
    for config in [#"{"allow": ["a"]}"#, #"{"deny": ["a"]}"#] {
      #expect(refusal(try await ask(config)) == unknown)
      #expect(refusal(try await ask(config, ["credential.id": "c"])) == forbidden)
    }
  }

  @Test func `the upstream is told the groups, unless it shall not be`() async throws {
    let told = try await ask(#"{"allow": ["b"]}"#, consumer("a", "b"))
    #expect(told.request.headers["x-consumer-groups"] == "a, b")
    let hidden = try await ask(#"{"allow": ["b"], "hide_groups_header": true}"#, consumer("b"))
    #expect(hidden.request.headers.all.isEmpty)
    let none = try await ask(#"{"deny": ["b"]}"#, consumer())
    #expect(none.request.headers.all.isEmpty)
  }

  @Test func `consumer groups count where they are included`() async throws {
    let groups = consumer("a", more: ["consumer.groups": .json(["gold", "a"])])
    #expect(refusal(try await ask(#"{"allow": ["gold"]}"#, groups)) == forbidden)
    let result = try await ask(#"{"allow": ["gold"], "include_consumer_groups": true}"#, groups)
    #expect(!result.responded && result.request.headers["x-consumer-groups"] == "a, gold")
  }

  @Test func `groups of a plugin for authentication count where there is no consumer`() async throws
  {
    let groups: [String: Variable] = ["authenticated_groups": .json(["a"])]
    let result = try await ask(#"{"allow": ["a"]}"#, groups)
    #expect(!result.responded && result.request.headers["x-authenticated-groups"] == "a")
    #expect(refusal(try await ask(#"{"deny": ["a"]}"#, groups)) == forbidden)
  }

  @Test func `and before those of the consumer where that is wanted`() async throws {
    let groups = consumer("b", more: ["authenticated_groups": .json(["a"])])
    #expect(refusal(try await ask(#"{"allow": ["a"]}"#, groups)) == forbidden)
    let wanted = #"{"allow": ["a"], "always_use_authenticated_groups": true}"#
    #expect(refusal(try await ask(wanted, groups)) == nil)
    #expect(refusal(try await ask(wanted, consumer("a"))) == nil, "there are no others")
  }

  @Test(arguments: [
    "{}": "at least one of these fields must be non-empty: 'allow', 'deny'",
    #"{"allow": [], "deny": []}"#:
      "at least one of these fields must be non-empty: 'allow', 'deny'",
    #"{"allow": ["a"], "deny": ["b"]}"#:
      "only one of these fields must be non-empty: 'allow', 'deny'",
    #"{"allow": "a"}"#: "expected an array",
    #"{"allow": ["a"], "hide_groups_header": 1}"#: "expected a boolean",
    #"{"allow": ["a"], "whitelist": ["a"]}"#: "unknown field",
  ])
  func `exactly one list is given`(_ config: String, _ message: String) async throws {
    let found = try await PluginHarness.diagnostics(ACL.self, configJSON: config)
    let messages = found.map(\.message)
    #expect(messages.contains(message), "\(messages)")
  }

  @Test func `it inspects where it edits nothing, and asks for no more than it must`() {
    var config = ACL.Config(
      hideGroupsHeader: false, alwaysUseAuthenticatedGroups: false, includeConsumerGroups: false)
    let variables = ["consumer.id", "credential.id", "consumer.acl_groups", "authenticated_groups"]
    #expect(config.interest == Interest(variables: variables))
    config.hideGroupsHeader = true
    config.includeConsumerGroups = true
    #expect(
      config.interest == Interest(variables: variables + ["consumer.groups"], inspects: true))
    #expect(ACL.manifest.priority == 950 && !ACL.manifest.takesConsumers)
  }
}
