// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

/// What is wrong is said with its place, and in Kong's words where Kong has them.
struct RefusalTests {
  @Test(arguments: [
    ("{}", "host: required field missing (or give a 'url')"),
    ("{host: 5}", "host: expected a string"),
    ("{host: ''}", "host: length must be at least 1"),
    ("{host: 'a b'}", "host: invalid value: a b"),
    ("{host: 'a:80'}", "host: must not have a port"),
    (
      "{host: h, name: 'a b'}",
      "name: invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~"
    ),
    ("{host: h, id: x}", "id: expected a valid UUID"),
    ("{host: h, path: x}", "path: should start with: /"),
    ("{host: h, path: /a//b}", "path: must not have empty segments"),
    (
      "{host: h, path: '/a b'}",
      "path: invalid path: '/a b' (characters outside of the reserved list of RFC 3986 found)"
    ),
    ("{host: h, path: '/%zz'}", "path: invalid url-encoded value: '%zz'"),
    ("{host: h, port: 65536}", "port: value should be between 1 and 65535"),
    ("{host: h, port: '80'}", "port: expected an integer"),
    ("{host: h, port: 80.5}", "port: expected an integer"),
    ("{host: h, port: 99999999999999999999}", "port: expected an integer"),
    ("{host: h, protocol: tcp}", "protocol: expected one of: http, https"),
    ("{host: h, retries: -1}", "retries: value should be between 0 and 32767"),
    ("{host: h, connect_timeout: 0}", "connect_timeout: value should be between 1 and 2147483646"),
    ("{host: h, enabled: 'yes'}", "enabled: expected a boolean"),
    ("{host: h, enabled: yes}", "enabled: expected a boolean"),
    ("{host: h, tags: x}", "tags: expected an array"),
    (
      "{host: h, tags: [a, 'b,c']}",
      "tags[1]: invalid tag 'b,c': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"
    ),
    ("{host: h, tls_verify: false}", "tls_verify: can be set only if protocol is one of: https"),
    (
      "{url: 'https://h', ca_certificates: [x]}",
      "ca_certificates[0]: there is no CA certificate 'x'"
    ),
    (
      "{url: 'https://h', client_certificate: {id: x}}",
      "client_certificate: there is no certificate 'x'"
    ),
    (
      "{url: 'https://h', tls_verify_depth: 65}",
      "tls_verify_depth: value should be between 0 and 64"
    ),
    ("{host: h, reties: 3}", "reties: unknown field; did you mean 'retries'?"),
    ("{host: h, colour: 3}", "colour: unknown field"),
    ("{host: h, routes: {}}", "routes: expected an array"),
    ("{url: ftp://x}", "url: expected a URL such as https://host:port/path"),
    ("{url: 'http://u:p@x'}", "url: expected a URL such as https://host:port/path"),
    ("{url: 'http://x?q'}", "url: expected a URL such as https://host:port/path"),
    ("{url: 'http://x:0/'}", "url: the port should be between 1 and 65535"),
    ("{url: 'http://x/a//b'}", "url: must not have empty segments"),
    ("{url: 'http://a*b/'}", "url: invalid value: a*b"),
  ])
  func `services`(_ service: String, _ error: String) {
    #expect(
      GatewayConfiguration.errors("services: [\(service)]") == ["services[0].\(error) (line 2)"])
  }

  @Test(arguments: [
    ("{paths: [a]}", ".paths[0]: should start with: / (fixed path) or ~/ (regex path)"),
    ("{paths: ['~a']}", ".paths[0]: should start with: / (fixed path) or ~/ (regex path)"),
    ("{paths: [/a, /b//c]}", ".paths[1]: must not have empty segments"),
    ("{paths: ['/a/../b']}", ".paths[0]: non-normalized path, consider use '/b' instead"),
    ("{paths: ['/%2e%2E/b']}", ".paths[0]: non-normalized path, consider use '/b' instead"),
    ("{paths: ['/%2']}", ".paths[0]: invalid url-encoded value: '%2'"),
    (
      "{paths: ['~/users/(foo']}",
      ".paths[0]: invalid regex: '/users/(foo' (PCRE returned: missing closing parenthesis at offset 11)"
    ),
    ("{paths: ['']}", ".paths[0]: length must be at least 1"),
    ("{paths: [1]}", ".paths[0]: expected a string"),
    ("{paths: /a}", ".paths: expected an array"),
    ("{methods: [get]}", ".methods[0]: invalid value: get"),
    ("{hosts: ['*.a.*']}", ".hosts[0]: invalid wildcard: must have at most one wildcard"),
    (
      "{hosts: ['a.*.b']}",
      ".hosts[0]: invalid wildcard: must be placed at leftmost or rightmost label"
    ),
    (
      "{hosts: ['*a.b']}",
      ".hosts[0]: invalid wildcard: must be placed at leftmost or rightmost label"
    ),
    ("{hosts: ['a:b']}", ".hosts[0]: invalid port number"),
    ("{hosts: ['a b']}", ".hosts[0]: invalid hostname: a b"),
    (
      "{paths: []}",
      ": must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'"
    ),
    (
      "{protocols: [http], headers: {}}",
      ": must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'"
    ),
    (
      "{protocols: [http], paths: [/], snis: [a.org]}",
      ": 'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"
    ),
    ("{snis: [127.0.0.1]}", ".snis[0]: must not be an IP"),
    ("{snis: ['::1']}", ".snis[0]: must not be an IP"),
    ("{snis: ['a.org:1']}", ".snis[0]: must not have a port"),
    ("{snis: ['*.a.org']}", ".snis[0]: invalid value: *.a.org"),
    (
      "{paths: [/], protocols: [ftp]}",
      ".protocols[0]: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp, ws, wss"
    ),
    ("{paths: [/], protocols: [http, grpc]}", ".protocols[1]: 'grpc' is not supported yet"),
    ("{headers: [x]}", ".headers: expected a map"),
    ("{headers: {x: y}}", ".headers.x: expected an array"),
    ("{headers: {x: []}}", ".headers.x: length must be at least 1"),
    ("{headers: {x: [1]}}", ".headers.x[0]: expected a string"),
    (
      "{headers: {Host: [a]}}",
      ".headers.Host: cannot contain 'host' header, which must be specified in the 'hosts' attribute"
    ),
    (
      "{headers: {'a b': [a]}}",
      ".headers.a b: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
    ),
    (
      "{headers: {x: ['~*a(']}}",
      ".headers.x: invalid regex: 'a(' (PCRE returned: missing closing parenthesis at offset 2)"
    ),
    ("{paths: [/], path_handling: v2}", ".path_handling: expected one of: v0, v1"),
    (
      "{paths: [/], https_redirect_status_code: 303}",
      ".https_redirect_status_code: expected one of: 426, 301, 302, 307, 308"
    ),
    (
      "{paths: [/], sources: [{ip: 10.0.0.1}]}",
      ".sources: cannot set 'sources' when 'protocols' is 'http' or 'https'"
    ),
    ("{paths: [/], expression: x}", ".expression: is not supported yet"),
    ("{paths: [/], strip_path: 1}", ".strip_path: expected a boolean"),
    (
      "{paths: [/], regex_priority: 99999999999}",
      ".regex_priority: value should be between -2147483648 and 2147483647"
    ),
    ("{paths: [/], service: nobody}", ".service: there is no service 'nobody'"),
    ("{paths: [/], service: {id: 5}}", ".service: expected the name or id of a service"),
    ("[]", ": expected a record, found an array"),
  ])
  func `routes`(_ route: String, _ error: String) {
    let errors = GatewayConfiguration.errors("routes: [\(route)]")
    // Of what is no record, nothing is missing.
    #expect(errors.first == "routes[0]\(error) (line 2)")
  }

  @Test(arguments: [
    ("{}", "name: required field missing"),
    ("{name: A}", "name: is not the name of a plugin: lower-case letters, digits and dashes"),
    ("{name: p, config: []}", "config: expected a record"),
    ("{name: p, consumer: x}", "consumer: there is no consumer 'x'"),
    ("{name: p, consumer: {id: 5}}", "consumer: expected the name or id of a consumer"),
    ("{name: p, consumer_group: x}", "consumer_group: there is no consumer group 'x'"),
    (
      "{name: p, consumer_group: [x]}",
      "consumer_group: expected the name or id of a consumer group"
    ),
    ("{name: p, condition: x}", "condition: is not supported yet"),
    ("{name: p, ordering: {befor: {}}}", "ordering.befor: unknown field; did you mean 'before'?"),
    (
      "{name: p, ordering: {before: {response: [q]}}}",
      "ordering.before.response: unknown field"
    ),
    (
      "{name: p, ordering: {after: {access: [q]}}}",
      "ordering.after.access[0]: there is no plugin 'q' in this configuration"
    ),
    (
      "{name: p, protocols: [grpc]}",
      "protocols: the plugin would never run: expected http or https among them"
    ),
    (
      "{name: p, instance_name: 'a b'}",
      "instance_name: invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~"
    ),
    ("{name: p, route: r}", "route: there is no route 'r'"),
    ("{name: p, confg: {}}", "confg: unknown field; did you mean 'config'?"),
  ])
  func `plugins`(_ plugin: String, _ error: String) {
    #expect(
      GatewayConfiguration.errors("plugins: [\(plugin)]") == ["plugins[0].\(error) (line 2)"])
  }

  @Test func `what is taken is named where it occurs again`() {
    let errors = GatewayConfiguration.errors(
      """
      services:
        - {name: s, host: h}
        - {name: s, host: h}
      routes:
        - {name: r, paths: [/]}
        - {name: r, paths: [/]}
      plugins:
        - {name: p}
        - {name: p, enabled: false}
      consumers:
        - {username: u}
        - {username: u}
        - {}
      """)
    #expect(
      errors == [
        "services[1].name: 's' is taken by another one (line 4)",
        "routes[1].name: 'r' is taken by another one (line 7)",
        "plugins[1]: plugin 'p' is configured twice for the same scope (line 10)",
        "consumers[1].username: 'u' is taken by another one (line 13)",
        "consumers[2]: at least one of these fields must be non-empty: 'custom_id', 'username' (line 14)",
      ])
  }

  @Test func `all errors of a file are told, in the order of its lines`() {
    let errors = GatewayConfiguration.errors(
      ofFile: """
        services:
          - name: 5
            retries: many
            routes:
              - paths: [a]
                plugins:
                  - name: p
                    config: {key: "{vault://env/NOT_SET}"}
                    odd: 1
        upstreams: [{name: u}]
        """)
    #expect(
      errors == [
        "_format_version: required field missing (line 1)",
        "services[0].host: required field missing (or give a 'url') (line 2)",
        "services[0].name: expected a string (line 2)",
        "services[0].retries: expected an integer (line 3)",
        "services[0].routes[0].paths[0]: should start with: / (fixed path) or ~/ (regex path) (line 5)",
        "services[0].routes[0].plugins[0].config.key: the environment variable NOT_SET is not set (line 8)",
        "services[0].routes[0].plugins[0].odd: unknown field (line 9)",
        "upstreams: is not supported yet (line 10)",
      ])
  }

  @Test func `what of Kong's entities is not done is named where it stands`() {
    let errors = GatewayConfiguration.errors(
      """
      _info: {select_tags: [a], defaults: {service: {retries: 1}}}
      licenses: [{payload: a}]
      consumer_group_plugins: [{name: g}]
      vaults: [{prefix: a}]
      targets: []
      consumers:
        - username: u
          groups: []
          oauth2_credentials: [{name: a}]
      """)
    #expect(
      errors == [
        "_info.defaults: is not supported: decK fills these in when it writes a file for Kong (line 2)",
        "licenses: is not supported yet (line 3)",
        "consumer_group_plugins: is not supported yet (line 4)",
        "vaults: is not supported yet (line 5)",
        "consumers[0].oauth2_credentials: is not supported yet (line 10)",
      ])
  }

  @Test func `the version of the format is one that is known`() {
    let errors = GatewayConfiguration.errors(ofFile: "_format_version: '4.0'")
    #expect(errors == ["_format_version: expected one of: 1.1, 2.1, 3.0 (line 1)"])
    #expect(
      GatewayConfiguration.errors(ofFile: "_format_version: 3.0")
        == ["_format_version: expected a string (line 1)"])
  }

  @Test func `what could be read of a wrong file can still be checked by the plugins`() throws {
    let invalid = #expect(throws: GatewayConfiguration.Invalid.self) {
      _ = try GatewayConfiguration.read(
        """
        services: [{host: 5, plugins: [{name: good, config: {a: 1}}, {name: BAD}]}]
        plugins: [{name: odd, config: []}]
        """)
    }
    #expect(invalid?.errors.count == 3)
    let plugins = try #require(invalid?.readable?.plugins)
    #expect(plugins.filter(\.isEnabled).map(\.name) == ["good"])
    let noYAML = #expect(throws: GatewayConfiguration.Invalid.self) {
      _ = try GatewayConfiguration.read("services: [")
    }
    #expect(noYAML?.readable == nil)
  }
}
