// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct ConsumerTests {
  private static let nested = """
    consumers:
      - username: someone
        custom_id: "7"
        tags: [gold]
        keyauth_credentials: [{key: very-secret-1, tags: [t]}]
        basicauth_credentials: [{username: some, password: very-secret-2}]
        hmacauth_credentials: [{username: some, secret: very-secret-3}]
        jwt_secrets: [{key: issuer, secret: very-secret-4, algorithm: HS256}]
        acls: [{group: admins}, {group: staff}]
        plugins: [{name: p, config: {a: 1}}]
      - custom_id: "8"
    """

  private static let flat = """
    plugins: [{name: p, consumer: someone, config: {a: 1}}]
    keyauth_credentials: [{consumer: someone, key: very-secret-1, tags: [t]}]
    basicauth_credentials: [{consumer: {username: someone}, username: some, password: very-secret-2}]
    hmacauth_credentials: [{consumer: someone, username: some, secret: very-secret-3}]
    jwt_secrets: [{consumer: someone, key: issuer, secret: very-secret-4, algorithm: HS256}]
    acls: [{consumer: someone, group: admins}, {consumer: someone, group: staff}]
    consumers: [{username: someone, custom_id: "7", tags: [gold]}, {custom_id: "8"}]
    """

  @Test(arguments: [nested, flat]) func `consumers and what they are known by are read`(
    _ file: String
  ) throws {
    let configuration = try GatewayConfiguration.read(file)
    #expect(configuration.consumers.map(\.username) == ["someone", ""])
    #expect(configuration.consumers.map(\.customID) == ["7", "8"])
    #expect(configuration.consumers[0].tags == ["gold"])
    #expect(configuration.consumers[0].id != configuration.consumers[1].id)
    #expect(configuration.plugins.map(\.consumer) == [0])
    let credentials = configuration.credentials
    #expect(credentials.map(\.kind) == [.keyAuth, .basicAuth, .hmacAuth, .jwt, .acl, .acl])
    #expect(credentials.allSatisfy { $0.consumer == 0 })
    #expect(credentials[0].text("key") == "very-secret-1")
    #expect(credentials[0].tags == ["t"])
    #expect(credentials[1].text("username") == "some")
    #expect(credentials[1].text("password") == "very-secret-2")
    #expect(credentials[2].text("secret") == "very-secret-3")
    #expect(credentials[3].text("key") == "issuer")
    #expect(credentials[3].text("secret") == "very-secret-4")
    #expect(credentials.suffix(2).map { $0.text("group") } == ["admins", "staff"])
    #expect(credentials[0].text("none") == nil)
  }

  @Test(arguments: [nested, flat]) func `what is secret in them never shows itself`(
    _ file: String
  ) throws {
    let configuration = try GatewayConfiguration.read(file)
    var dumped = ""
    dump(configuration.credentials, to: &dumped)
    for text in [
      dumped, String(describing: configuration), String(reflecting: configuration.credentials),
    ] {
      #expect(!text.contains("very-secret"))
    }
    let json = configuration.credentials.flatMap(\.fields).map {
      String(decoding: $0.value.json(revealing: false), as: UTF8.self)
    }
    #expect(json.count { $0 == #""[secret]""# } == 4)
    #expect(!json.contains { $0.contains("very-secret") })
  }

  @Test func `a key may stand in a variable`() throws {
    let configuration = try GatewayConfiguration.read(
      "consumers: [{username: u, keyauth_credentials: [{key: '{vault://env/KEY}'}]}]",
      environment: ["KEY": "very-secret"])
    #expect(configuration.credentials[0].text("key") == "very-secret")
    let shown = configuration.credentials[0].fields[0].value.json(revealing: false)
    #expect(String(decoding: shown, as: UTF8.self) == #""{vault://env/KEY}""#)
  }

  @Test func `hashes stand in a file that says so`() throws {
    #expect(try GatewayConfiguration.read("").hasPlainPasswords)
    #expect(try !GatewayConfiguration.read("_transform: false").hasPlainPasswords)
  }

  @Test func `a plugin of a consumer is in no route's chain`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      services: [{name: s, host: h, routes: [{name: r, paths: [/]}]}]
      consumers: [{username: u, plugins: [{name: p}]}]
      plugins:
        - {name: p}
        - {name: p, consumer: u, route: r}
      """)
    #expect(
      configuration.candidates(ofRoute: 0).instances().map {
        configuration.plugins[$0].place.description
      }
        == ["plugins[0]"])
  }

  @Test func `what is wrong with them is said without their secrets`() {
    let errors = GatewayConfiguration.errors(
      """
      consumers:
        - username: u
          keyauth_credentials:
            - {key: very-secret}
            - {key: very-secret}
            - {}
            - {key: [very-secret]}
            - {kee: very-secret}
          basicauth_credentials: [{username: u}]
          jwt_secrets: [{algorithm: none}]
          acls: [{group: ""}]
          plugins: [{name: p}, {name: p}]
      acls:
        - {group: g}
        - {group: g, consumer: nobody}
      """)
    #expect(
      errors == [
        "consumers[0].keyauth_credentials[1].key: the value is taken by another one (line 6)",
        "consumers[0].keyauth_credentials[2].key: required field missing (line 7)",
        "consumers[0].keyauth_credentials[3].key: expected a string (line 8)",
        "consumers[0].keyauth_credentials[4].kee: unknown field; did you mean 'key'? (line 9)",
        "consumers[0].keyauth_credentials[4].key: required field missing (line 9)",
        "consumers[0].basicauth_credentials[0].password: required field missing (line 10)",
        "consumers[0].jwt_secrets[0].algorithm: expected one of: HS256, HS384, HS512, RS256, "
          + "RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512, EdDSA (line 11)",
        "consumers[0].acls[0].group: length must be at least 1 (line 12)",
        "consumers[0].plugins[1]: plugin 'p' is configured twice for the same scope (line 13)",
        "acls[0].consumer: required field missing (line 15)",
        "acls[1].consumer: there is no consumer 'nobody' (line 16)",
      ])
  }
}
