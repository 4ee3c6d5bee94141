// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct ModelTests {
  @Test func `ids are UUIDs that only the name decides, or the place where there is none`() {
    let place = Place()["services"][0]
    let named = StableID.of("services", "s", place)
    #expect(EntityRules.uuid(named) == nil)
    #expect(Array(named)[14] == "8", "the version of RFC 9562 for what vendors make")
    #expect(named == StableID.of("services", "s", Place()["services"][7]))
    #expect(named != StableID.of("routes", "s", place))
    #expect(named != StableID.of("services", "t", place))
    #expect(StableID.of("services", "", place) != StableID.of("services", "", Place()["x"]))
    let many = Set((0..<10_000).map { StableID.of("services", "s\($0)", place) })
    #expect(many.count == 10_000)
  }

  @Test func `ids are the same in every version`() {
    // Logs and dashboards refer to them.
    #expect(
      StableID.of("services", "example", Place()) == "a65c7f4a-ce6a-8a11-bc73-6894da49dde6")
  }

  @Test func `a JSON pointer of a plugin leads to a place of the file`() throws {
    let config = try YAMLReader.parse("a: {b/c: [1, {d: 2}]}\n'0': {x~y: 1}").value
    let place = Place()["plugins"][2]["config"]
    func text(_ pointer: String) -> String {
      place.appending(pointer: pointer, of: config).description
    }
    #expect(text("") == "plugins[2].config")
    #expect(text("/a/b~1c/1/d") == "plugins[2].config.a.b/c[1].d")
    #expect(text("/0/x~0y") == "plugins[2].config.0.x~y")
    #expect(text("/a/b~1c/7/e") == "plugins[2].config.a.b/c[7].e")
    #expect(text("/none/3") == "plugins[2].config.none.3")
  }

  @Test func `entities are logged as Kong's serializer writes them`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      services:
        - id: 3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001
          name: s
          url: https://h/base
          routes: [{id: 3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a002, paths: ["/é\\"", "~/x"], tags: [t],
             headers: {x-a: ["1", "2"]}}]
      """)
    #expect(
      configuration.services[0].json
        == #"{"id":"3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001","name":"s","protocol":"https","#
        + #""host":"h","port":443,"path":"/base","retries":5,"connect_timeout":60000,"#
        + #""write_timeout":60000,"read_timeout":60000,"enabled":true}"#)
    #expect(
      configuration.routes[0].json(serviceID: configuration.services[0].id)
        == #"{"id":"3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a002","name":null,"paths":["/é\"","~/x"],"#
        + #""methods":null,"hosts":null,"headers":{"x-a":["1","2"]},"snis":null,"#
        + #""protocols":["http","https"],"https_redirect_status_code":426,"strip_path":true,"#
        + #""preserve_host":false,"path_handling":"v0","regex_priority":0,"#
        + #""request_buffering":true,"response_buffering":true,"#
        + #""service":{"id":"3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001"}}"#)
  }
}
