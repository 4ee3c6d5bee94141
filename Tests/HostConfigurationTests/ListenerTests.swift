// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

/// Addresses with the options of Kong's `proxy_listen`.
struct ListenerTests {
  private func listeners(_ yaml: String) throws -> [String] {
    try GatewayConfiguration.read("patchbay: {listen: \(yaml)}").settings.listen
      .map(\.description)
  }

  @Test(arguments: [
    ("'127.0.0.1:80'", ["127.0.0.1:80"]),
    (
      "'0.0.0.0:8000 reuseport backlog=16384, 0.0.0.0:8443 http2 ssl reuseport backlog=16384'",
      ["0.0.0.0:8000 reuseport backlog=16384", "0.0.0.0:8443 ssl http2 reuseport backlog=16384"]
    ),
    ("['[::1]:80', 'gateway.example:443  ssl']", ["[::1]:80", "gateway.example:443 ssl"]),
    (
      "['[::1]:80, [::1]:81', '[::1]:82 proxy_protocol']",
      ["[::1]:80", "[::1]:81", "[::1]:82 proxy_protocol"]
    ),
    // The system chooses two.
    ("['[::1]:0', '[::1]:0']", ["[::1]:0", "[::1]:0"]),
    ("'[::1]:80 backlog=4096'", ["[::1]:80"]),
  ])
  func `a listener is an address and options, in any order`(
    _ yaml: String, _ expected: [String]
  ) throws {
    #expect(try listeners(yaml) == expected)
  }

  private static let address = "expected an address such as 127.0.0.1:8000 or [::1]:8000"

  @Test(arguments: [
    ("listen: 8000", "listen: expected a string"),
    ("listen: '8000'", "listen: \(address)"),
    ("listen: '127.0.0.1:80,'", "listen: \(address)"),
    ("listen: ['[::1]:80', x]", "listen[1]: \(address)"),
    ("listen: []", "listen: at least one address is needed"),
    ("listen: off", "listen: at least one address is needed"),
    (
      "listen: '[::1]:80 sll'",
      "listen: 'sll' is no option of a listener; these are: ssl, http2, proxy_protocol, "
        + "reuseport, backlog=N"
    ),
    ("listen: '[::1]:80 ssl ssl'", "listen: the option 'ssl' occurs twice"),
    ("listen: '[::1]:80 backlog=0'", "listen: backlog should be between 1 and 65535"),
    ("listen: '[::1]:80 backlog'", "listen: backlog should be between 1 and 65535"),
    ("listen: ['[::1]:80', '[::1]:80 ssl']", "listen: [::1]:80 occurs twice"),
    ("admin: '[::1]:80 http2'", "admin: the admin API has no options but ssl"),
    (
      "admin: ['[::1]:80', '[::1]:81 reuseport']",
      "admin[1]: the admin API has no options but ssl"
    ),
  ])
  func `what is wrong with a listener is said with its place`(_ yaml: String, _ error: String) {
    #expect(GatewayConfiguration.errors("patchbay: {\(yaml)}") == ["patchbay.\(error) (line 2)"])
  }

  @Test func `the admin API can be off`() throws {
    #expect(try GatewayConfiguration.read("patchbay: {admin: off}").settings.admin.isEmpty)
  }
}
