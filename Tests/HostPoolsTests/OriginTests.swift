// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostPools

struct OriginTests {
  @Test func `connections through a proxy are others than direct ones`() throws {
    let direct = Origin(isSecure: true, host: "a.example", port: 443)
    let one = try #require(ForwardProxy(host: "Proxy.example", port: 3128))
    let other = try #require(ForwardProxy(host: "proxy.example", port: 3129))
    let origins: Set = [
      direct, direct.reached(through: one), direct.reached(through: other),
      direct.reached(through: ForwardProxy(host: "proxy.example", port: 3128)),
    ]
    #expect(origins.count == 3)
    #expect(direct.reached(through: nil) == direct)
  }

  @Test func `what is connected to is the proxy, and what is asked for the origin`() {
    let origin = Origin(isSecure: false, host: "a.example", port: 80)
      .reached(through: ForwardProxy(host: "Proxy.example", port: 3128))
    #expect(origin.peerHost == "proxy.example")
    #expect(origin.peerPort == 3128)
    #expect(origin.authority == "a.example")
    #expect(Origin(isSecure: true, host: "A.example", port: 444).peerHost == "a.example")
  }

  @Test(arguments: [("", 1), ("a", 0), ("a", 65536), ("a", -1)])
  func `a proxy has a host and a port`(host: String, port: Int) {
    #expect(ForwardProxy(host: host, port: port) == nil)
  }
}
