// SPDX-License-Identifier: Apache-2.0

import HostRouting
import Testing

@testable import HostConfiguration

struct EntityTests {
  @Test func `nested and flat files say the same`() throws {
    let nested = try GatewayConfiguration.read(
      """
      services:
        - name: s
          url: https://example.com:8443/base
          plugins: [{name: on-service, config: {a: 1}}]
          routes:
            - name: r
              paths: [/r]
              plugins: [{name: on-route}]
      plugins: [{name: everywhere}]
      """)
    let flat = try GatewayConfiguration.read(
      """
      plugins:
        - {name: on-service, service: s, config: {a: 1}}
        - {name: on-route, route: {name: r}}
        - {name: everywhere}
      routes:
        - {name: r, paths: [/r], service: {name: s}}
      services:
        - {name: s, protocol: https, host: example.com, port: 8443, path: /base}
      """)
    for configuration in [nested, flat] {
      let service = try #require(configuration.services.first)
      #expect(service.isSecure)
      #expect(service.host == "example.com")
      #expect(service.port == 8443)
      #expect(service.path == "/base")
      #expect(configuration.routes.map(\.service) == [0])
      let scopes = Dictionary(
        uniqueKeysWithValues: configuration.plugins.map { ($0.name, [$0.service, $0.route]) })
      #expect(
        scopes == ["on-service": [0, nil], "on-route": [nil, 0], "everywhere": [nil, nil]])
    }
    #expect(nested.services[0].id == flat.services[0].id, "named entities have stable ids")
  }

  @Test func `defaults are Kong's`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      services:
        - url: http://h
          routes: [{methods: [GET]}]
          plugins: [{name: p, config: null, tags: [a, b c], protocols: [grpc, http], enabled: false}]
      consumers: [{username: someone, custom_id: "1", tags: [x]}]
      """)
    let service = configuration.services[0]
    #expect([service.port, service.retries] == [80, 5])
    #expect(
      [service.connectTimeout, service.readTimeout, service.writeTimeout]
        == [60_000, 60_000, 60_000])
    let route = configuration.routes[0]
    #expect(route.stripPath)
    #expect(!route.preserveHost)
    #expect(route.regexPriority == 0)
    let plugin = configuration.plugins[0]
    #expect(!plugin.isEnabled)
    #expect(plugin.config.members?.isEmpty == true)
    #expect(plugin.tags == ["a", "b c"])
    #expect(try GatewayConfiguration.read("").services.isEmpty)
  }

  @Test func `a route's attributes are all read`() throws {
    let route = try GatewayConfiguration.read(
      """
      routes:
        - hosts: [a.org, "*.b.org", "c.*", "[::1]:8000", "::2", "*.d.org:80"]
          headers: {X-Model: [gpt, claude], x-b: ["~*^a|b$"]}
          snis: [a.org]
          protocols: [https]
          https_redirect_status_code: 308
          path_handling: v1
          request_buffering: false
          created_at: 1700000000
          sources: []
      """
    ).routes[0]
    #expect(route.hosts.count == 6)
    #expect(
      route.headers == [
        Route.Header(name: "X-Model", values: ["gpt", "claude"]),
        Route.Header(name: "x-b", values: ["~*^a|b$"]),
      ])
    #expect(route.snis == ["a.org"])
    #expect(route.isSecureOnly)
    #expect(route.httpsRedirectStatus == 308)
    #expect(route.pathHandling == .v1)
    #expect(!route.requestBuffering)
    #expect(route.responseBuffering)
    #expect(route.createdAt == 1_700_000_000)
  }

  @Test(arguments: [
    ("http://a.b", "a.b", 80, ""), ("https://a.b", "a.b", 443, ""),
    ("http://a:8080/", "a", 8080, "/"), ("https://[2001:db8::1]:1/x/y", "2001:db8::1", 1, "/x/y"),
    ("http://127.0.0.1:9", "127.0.0.1", 9, ""),
  ])
  func `a url is host, port and path`(
    _ url: String, _ host: String, _ port: Int, _ path: String
  ) throws {
    let service = try GatewayConfiguration.read("services: [{url: '\(url)'}]").services[0]
    #expect(service.host == host)
    #expect(service.port == port)
    #expect(service.path == path)
  }

  @Test func `references go by id, too`() throws {
    let id = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001"
    let configuration = try GatewayConfiguration.read(
      """
      services: [{id: \(id), host: h}]
      routes: [{paths: [/], service: {id: \(id)}}]
      plugins: [{name: p, service: \(id)}]
      """)
    #expect(configuration.routes[0].service == 0)
    #expect(configuration.plugins[0].service == 0)
  }

  @Test func `of one plugin the most specific instance applies`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      services:
        - name: s
          url: http://h
          plugins: [{name: p}]
          routes:
            - {name: plain, paths: [/a]}
            - {name: own, paths: [/b], plugins: [{name: p}]}
            - {name: both, paths: [/c], plugins: [{name: p}]}
            - {name: off, paths: [/d], plugins: [{name: p, enabled: false}]}
        - {name: other, url: http://h, routes: [{name: alone, paths: [/e]}]}
      plugins:
        - {name: p}
        - {name: p, service: s, route: both}
        - {name: q}
      """)
    let chosen = Dictionary(
      uniqueKeysWithValues: configuration.routes.indices.map { index in
        (
          configuration.routes[index].name,
          configuration.candidates(ofRoute: index).instances().map {
            configuration.plugins[$0].place.description
          }
        )
      })
    #expect(
      chosen == [
        "plain": ["services[0].plugins[0]", "plugins[2]"],
        "own": ["services[0].routes[1].plugins[0]", "plugins[2]"],
        "both": ["plugins[1]", "plugins[2]"],
        "off": ["services[0].plugins[0]", "plugins[2]"],
        "alone": ["plugins[0]", "plugins[2]"],
      ])
  }

  @Test func `paths of formats before 3 are expressions when they look like it`() throws {
    let file = """
      _format_version: "2.1"
      _transform: false
      _info: {defaults: {}}
      routes: [{paths: [/plain/path-1, '/status/\\d+']}]
      """
    let configuration = try GatewayConfiguration.parse(file) { _ in nil }
    #expect(configuration.routes[0].paths == ["/plain/path-1", #"~/status/\d+"#])
  }

  @Test func `JSON is YAML`() throws {
    let file = #"{"_format_version": "3.0", "services": [{"name": "a\u0062", "host": "h"}]}"#
    #expect(try GatewayConfiguration.parse(file) { _ in nil }.services[0].name == "ab")
  }
}
