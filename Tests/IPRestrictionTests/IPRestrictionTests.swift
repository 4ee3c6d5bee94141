// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ip_restriction

struct IPRestrictionTests {
  private func answer(_ config: String, to client: String) async throws -> TestResponse? {
    let harness = try await PluginHarness(IPRestriction.self, configJSON: config)
    var request = TestRequest.get("/")
    request.clientAddress = client
    let result = try await harness.exchange(request).request()
    return result.responded ? result.response : nil
  }

  @Test(arguments: [
    (#"{"allow":["192.0.2.1"]}"#, "192.0.2.1", true),
    (#"{"allow":["192.0.2.1"]}"#, "192.0.2.2", false),
    (#"{"allow":["10.0.0.0/8","2001:db8::/32"]}"#, "10.255.0.1", true),
    (#"{"allow":["10.0.0.0/8","2001:db8::/32"]}"#, "2001:db8:ffff::9", true),
    (#"{"allow":["10.0.0.0/8","2001:db8::/32"]}"#, "11.0.0.1", false),
    (#"{"allow":["10.0.0.0/8","2001:db8::/32"]}"#, "2001:db9::", false),
    (#"{"deny":["10.0.0.0/9"]}"#, "10.127.255.255", false),
    (#"{"deny":["10.0.0.0/9"]}"#, "10.128.0.0", true),
    // What is denied is denied, allowed or not.
    (#"{"allow":["10.0.0.0/8"],"deny":["10.1.0.0/16"]}"#, "10.1.2.3", false),
    (#"{"allow":["10.0.0.0/8"],"deny":["10.1.0.0/16"]}"#, "10.2.2.3", true),
    // All of one family is nothing of the other.
    (#"{"allow":["0.0.0.0/0"]}"#, "203.0.113.9", true),
    (#"{"allow":["0.0.0.0/0"]}"#, "::1", false),
    (#"{"allow":["::/0"]}"#, "203.0.113.9", false),
    (#"{"allow":["::/0"]}"#, "::1", true),
    // IPv4 in the notation of IPv6 is IPv4.
    (#"{"allow":["192.0.2.0/24"]}"#, "::ffff:192.0.2.7", true),
    (#"{"allow":["::ffff:192.0.2.0/120"]}"#, "192.0.2.7", true),
    (#"{"allow":["::ffff:192.0.2.0/120"]}"#, "192.0.3.7", false),
    // An empty list is none.
    (#"{"allow":[],"deny":["10.0.0.1"]}"#, "10.0.0.2", true),
  ])
  func `an address may come, or may not`(config: String, client: String, may: Bool) async throws {
    #expect(try await (answer(config, to: client) == nil) == may)
  }

  @Test func `who may not come is told so, in Kong's words`() async throws {
    let refusal = try await answer(#"{"deny":["192.0.2.1"]}"#, to: "192.0.2.1")
    #expect(refusal?.status == 403)
    #expect(refusal?.text == #"{"message":"IP address not allowed: 192.0.2.1"}"#)
    #expect(refusal?.headers["content-type"] == "application/json; charset=utf-8")
  }

  @Test func `status and message are the configuration's`() async throws {
    let config = #"{"deny":["::1"],"status":451,"message":"not \"here\""}"#
    let refusal = try await answer(config, to: "::1")
    #expect(refusal?.status == 451)
    #expect(refusal?.text == #"{"message":"not \"here\""}"#)
  }

  @Test func `a client without an address is refused, whatever is allowed`() async throws {
    let refusal = try await answer(#"{"allow":["0.0.0.0/0","::/0"],"status":418}"#, to: "unix:")
    #expect(refusal?.status == 403)
    #expect(
      refusal?.text
        == #"{"message":"Cannot identify the client IP address, unix domain sockets are not supported."}"#
    )
  }

  @Test(arguments: [
    ("{}", "", "at least one of these fields must be non-empty: 'allow', 'deny'"),
    (
      #"{"allow":[],"deny":[]}"#, "",
      "at least one of these fields must be non-empty: 'allow', 'deny'"
    ),
    (#"{"allow":["1.2.3"]}"#, "/allow/0", "invalid ip or cidr range: '1.2.3'"),
    (#"{"allow":["1.2.3.4/33"]}"#, "/allow/0", "invalid ip or cidr range: '1.2.3.4/33'"),
    (#"{"deny":["::1","::1/129"]}"#, "/deny/1", "invalid ip or cidr range: '::1/129'"),
    (
      #"{"deny":["::ffff:1.2.3.4/95"]}"#, "/deny/0", "invalid ip or cidr range: '::ffff:1.2.3.4/95'"
    ),
    (#"{"deny":["1.2.3.4/"]}"#, "/deny/0", "invalid ip or cidr range: '1.2.3.4/'"),
    (#"{"deny":["1.2.3.4/+8"]}"#, "/deny/0", "invalid ip or cidr range: '1.2.3.4/+8'"),
    (#"{"deny":["::1"],"status":199}"#, "/status", "value should be between 200 and 599"),
  ])
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(IPRestriction.self, configJSON: config)
    #expect(found.first?.pointer == pointer)
    #expect(found.first?.message == message)
  }

  @Test func `many blocks cost a look for each length of their prefixes`() {
    let blocks = (0..<100_000).map { number in
      AddressBlock("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
    }
    let set = AddressSet(blocks.compactMap { $0 })
    #expect(IPAddress("10.1.134.159").map { set.contains($0) } == true)
    #expect(IPAddress("10.1.134.160").map { set.contains($0) } == false)
  }
}
