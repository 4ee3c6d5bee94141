// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct AdminEntityTests {
  private let id = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a00"

  private func configuration() throws -> GatewayConfiguration {
    try .read(
      """
      services:
        - id: \(id)1
          name: s
          url: https://h/base
          tags: [t]
          routes:
            - {id: \(id)2, name: r, paths: [/x], request_buffering: false, created_at: 77}
          plugins:
            - id: \(id)3
              name: p
              instance_name: mine
              config: {key: very-secret, other: "{vault://env/other}", keys: [{v: hidden, w: 1}]}
      consumers:
        - {id: \(id)4, username: u, custom_id: c, keyauth_credentials: [{key: very-secret-too}]}
      """, environment: ["OTHER": "also-secret"])
  }

  private func json(_ kind: AdminEntity.Kind) throws -> String {
    let secrets = ["p": ["/key", "/keys/*/v", "/other"]]
    return try configuration().entities(kind, at: 1000, hiding: secrets)
      .map { String(decoding: $0.value.json(revealing: false), as: UTF8.self) }.joined()
  }

  @Test func `a service has all of Kong's fields`() throws {
    #expect(
      try json(.services)
        == #"{"id":"\#(id)1","name":"s","protocol":"https","host":"h","port":443,"path":"/base","#
        + #""retries":5,"connect_timeout":60000,"write_timeout":60000,"read_timeout":60000,"#
        + #""enabled":true,"client_certificate":null,"ca_certificates":null,"tls_verify":null,"#
        + #""tls_verify_depth":null,"tags":["t"],"created_at":1000,"updated_at":1000}"#)
  }

  @Test func `a route has what the file says, and Kong's defaults`() throws {
    #expect(
      try json(.routes)
        == #"{"id":"\#(id)2","name":"r","paths":["/x"],"methods":null,"hosts":null,"#
        + #""headers":null,"snis":null,"protocols":["http","https"],"#
        + #""https_redirect_status_code":426,"strip_path":true,"preserve_host":false,"#
        + #""path_handling":"v0","regex_priority":0,"request_buffering":false,"#
        + #""response_buffering":true,"sources":null,"destinations":null,"service":{"id":"\#(id)1"},"tags":null,"created_at":77,"#
        + #""updated_at":77}"#)
  }

  @Test func `a plugin shows no secret, and references as they are`() throws {
    #expect(
      try json(.plugins)
        == #"{"id":"\#(id)3","name":"p","instance_name":"mine","enabled":true,"#
        + #""protocols":["grpc","grpcs","http","https"],"config":{"key":"[secret]","#
        + #""other":"{vault://env/other}","keys":[{"v":"[secret]","w":1}]},"#
        + #""service":{"id":"\#(id)1"},"route":null,"consumer":null,"consumer_group":null,"ordering":null,"tags":null,"#
        + #""created_at":1000,"updated_at":1000}"#)
  }

  @Test func `a consumer is who it is`() throws {
    #expect(
      try json(.consumers)
        == #"{"id":"\#(id)4","username":"u","custom_id":"c","tags":null,"created_at":1000,"#
        + #""updated_at":1000}"#)
  }

  @Test func `a credential shows whose it is, and not what it is`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      consumer_groups: [{id: \(id)1, name: gold, tags: [t]}]
      consumers:
        - id: \(id)2
          username: u
          groups: [gold]
          keyauth_credentials:
            - {id: \(id)3, key: very-secret, ttl: 9, tags: [a], created_at: 5}
            - {id: \(id)4, key: "{vault://env/K}"}
          acls: [{id: \(id)5, group: g}]
          plugins: [{id: \(id)6, name: p}]
      plugins: [{id: \(id)7, name: p, consumer_group: gold}]
      """, environment: ["K": "very-secret-too"])
    func json(_ kind: AdminEntity.Kind) -> [String] {
      configuration.entities(kind, at: 1000, hiding: [:])
        .map { String(decoding: $0.value.json(revealing: false), as: UTF8.self) }
    }
    let end = #""tags":null,"created_at":1000,"updated_at":1000}"#
    let owner = #""consumer":{"id":"\#(id)2"},"#
    #expect(
      json(.keyAuths) == [
        #"{"id":"\#(id)3","key":"[secret]","ttl":9,\#(owner)"tags":["a"],"created_at":5,"updated_at":5}"#,
        #"{"id":"\#(id)4","key":"{vault://env/K}","ttl":null,"# + owner + end,
      ])
    #expect(json(.acls) == [#"{"id":"\#(id)5","group":"g","# + owner + end])
    #expect(
      json(.consumerGroups)
        == [#"{"id":"\#(id)1","name":"gold","tags":["t"],"created_at":1000,"updated_at":1000}"#])
    let consumer = configuration.entities(.consumers, at: 0, hiding: [:])[0]
    #expect(consumer.groups == [id + "1"])
    let plugins = configuration.entities(.plugins, at: 0, hiding: [:])
    #expect(plugins.map(\.owners) == [[.consumers: id + "2"], [.consumerGroups: id + "1"]])
  }

  @Test func `entities know their names and owners`() throws {
    let configuration = try configuration()
    let plugin = try #require(configuration.entities(.plugins, at: 0, hiding: [:]).first)
    #expect(plugin.name == "mine" && plugin.owners == [.services: id + "1"])
    let route = try #require(configuration.entities(.routes, at: 0, hiding: [:]).first)
    #expect(route.name == "r" && route.owners == [.services: id + "1"])
  }

  @Test func `the file comes back as YAML that says the same, without its secrets`() throws {
    let text = try configuration().yaml(hiding: ["p": ["/key", "/keys/*/v"]])
    #expect(!text.contains("very-secret") && !text.contains("hidden"))
    #expect(!text.contains("also-secret") && text.contains("{vault://env/other}"))
    let again = try YAMLReader.parse(text).value
    let before = try configuration().document.hiding(inPlugins: ["p": ["/key", "/keys/*/v"]])
    #expect(again.json(revealing: false) == before.json(revealing: false))
  }

  @Test(arguments: [
    "true", "3.0", "0x10", "null", "~", "", " ", "a: b", "- a", "#", "é", "a\nb", "'", "\"", "*a",
    "&a", "!t", "{", "%", "@", "1e5", ".5", "2026-01-01", "yes", "=", "<<", "\u{7}", "plain-text",
  ])
  func `any text stays a text`(_ text: String) throws {
    let value = ConfigurationValue(
      .object([.init(name: text, value: ConfigurationValue(.array([.text(text)])))]))
    let again = try YAMLReader.parse(try YAMLWriter.text(of: value)).value
    #expect(again.members?.first?.name == text)
    #expect(again.members?.first?.value.elements?.first?.text == text)
  }

  @Test func `numbers keep their spelling`() throws {
    let value = ConfigurationValue(
      .array(["1", "-1", "1.50", "1e5", "12345678901234567890"].map { .init(.number($0)) }))
    let again = try YAMLReader.parse(try YAMLWriter.text(of: value)).value
    #expect(again.json(revealing: false) == value.json(revealing: false))
  }
}
