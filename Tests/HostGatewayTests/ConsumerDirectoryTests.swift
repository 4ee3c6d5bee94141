// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import Testing

@testable import HostGateway

struct ConsumerDirectoryTests {
  private func directory(_ text: String, accepted: Int = 1000) throws -> ConsumerDirectory {
    let configuration = try GatewayConfiguration.parse("_format_version: '3.0'\n" + text) { _ in nil
    }
    return ConsumerDirectory(configuration, accepted: accepted)
  }

  private func find(_ key: String, in directory: ConsumerDirectory, now: Int = 1000) -> String? {
    Array(key.utf8).withUnsafeBytes { directory.find(key: $0, now: now) }
      .map { "\($0.consumer.username) \($0.credential.suffix(1))" }
  }

  private let id = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a00"

  @Test func `a key finds its credential, and nothing near it does`() throws {
    let directory = try directory(
      """
      consumers:
        - {username: a, keyauth_credentials: [{id: \(id)1, key: one}, {id: \(id)2, key: two}]}
        - {username: b, keyauth_credentials: [{id: \(id)3, key: drei}]}
      """)
    #expect(find("one", in: directory) == "a 1")
    #expect(find("two", in: directory) == "a 2")
    #expect(find("drei", in: directory) == "b 3")
    for key in ["", "on", "onee", "One", "one\0", " one", "three"] {
      #expect(find(key, in: directory) == nil)
    }
  }

  @Test func `no key is in what is kept`() throws {
    let directory = try directory(
      "consumers: [{username: a, keyauth_credentials: [{key: very-secret}]}]")
    var dumped = ""
    dump(directory, to: &dumped)
    #expect(!dumped.contains("very-secret") && dumped.contains("consumer"))
  }

  @Test func `a key with a time to live ends`() throws {
    let directory = try directory(
      """
      consumers:
        - username: a
          keyauth_credentials:
            - {id: \(id)1, key: short, ttl: 10}
            - {id: \(id)2, key: old, ttl: 10, created_at: 992}
            - {id: \(id)3, key: ever, ttl: 0}
            - {id: \(id)4, key: endless, ttl: \(Int.max)}
      """)
    #expect(find("short", in: directory, now: 1009) == "a 1")
    #expect(find("short", in: directory, now: 1010) == nil)
    #expect(find("old", in: directory, now: 1001) == "a 2")
    #expect(find("old", in: directory, now: 1002) == nil)
    #expect(find("ever", in: directory, now: .max) == "a 3")
    #expect(find("endless", in: directory, now: 1 << 40) == "a 4")
  }

  @Test func `a consumer is found by its id, or else by its name`() throws {
    let directory = try directory(
      """
      consumers:
        - {id: \(id)1, username: "\(id)2"}
        - {id: \(id)2, custom_id: c}
      """)
    #expect(directory.find(named: id + "2")?.customID == "c")
    #expect(directory.find(named: id + "1")?.username == id + "2")
    #expect(directory.find(named: "c") == nil && directory.find(named: "") == nil)
  }

  @Test func `a credential is its consumer's only`() throws {
    let directory = try directory(
      """
      consumers:
        - {username: a, keyauth_credentials: [{id: \(id)1, key: one}]}
        - {username: b, jwt_secrets: [{id: \(id)2, key: k}]}
      """)
    let (a, b) = (directory.consumers[0], directory.consumers[1])
    #expect(directory.isCredential(id + "1", of: a) && !directory.isCredential(id + "1", of: b))
    #expect(directory.isCredential(id + "2", of: b) && !directory.isCredential("", of: b))
  }

  @Test func `a consumer brings what other plugins may ask for`() throws {
    let consumer = try directory(
      """
      consumer_groups: [{name: silver}, {name: gold}]
      consumers:
        - id: \(id)1
          username: a
          custom_id: "7"
          tags: [t]
          groups: [silver, gold]
          acls: [{group: staff}, {group: "a\\"b"}, {group: staff}]
      """
    ).consumers[0]
    let variables = consumer.variables.map { variable in
      let value =
        switch variable.value {
        case .text(let text), .json(let text): String(decoding: text, as: UTF8.self)
        default: "?"
        }
      return "\(String(decoding: variable.name, as: UTF8.self)) \(value)"
    }
    #expect(
      variables == [
        "consumer.id \(id)1", "consumer.username a", "consumer.custom_id 7",
        #"consumer.tags ["t"]"#,
        #"consumer.groups ["gold","silver"]"#, #"consumer.acl_groups ["staff","a\"b"]"#,
      ])
    #expect(consumer.json == #"{"id":"\#(id)1","username":"a","custom_id":"7","tags":["t"]}"#)
    #expect(consumer.scope == nil)
    #expect(!consumer.variables.contains { !$0.isIdentity })
  }

  @Test func `consumers for whom the same plugins are share a scope`() throws {
    let directory = try directory(
      """
      consumer_groups: [{name: gold, plugins: [{name: p}]}, {name: none}]
      consumers:
        - {username: a, groups: [gold, none]}
        - {username: b, groups: [gold]}
        - {username: c, plugins: [{name: p}], groups: [gold]}
        - {username: d, groups: [none]}
      """)
    #expect(directory.consumers.map(\.scope) == [0, 0, 1, nil])
    #expect(directory.scopes.count == 2)
  }
}
