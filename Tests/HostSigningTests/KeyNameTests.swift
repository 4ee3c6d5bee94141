// SPDX-License-Identifier: Apache-2.0

import HostSigning
import Testing

struct KeyNameTests {
  @Test(arguments: ["", "US", "a b", "a/b", "a\n", String(repeating: "a", count: 65), "é"])
  func `a scope has plain names`(_ name: String) {
    #expect(AWSScope(service: name, region: "r") == nil)
    #expect(AWSScope(service: "s", region: name) == nil)
  }

  @Test(arguments: [
    ("AKID", "s", nil as String?, true), ("AKID", "s", "t/+=", true), ("", "s", nil, false),
    ("A B", "s", nil, false), ("A,B", "s", nil, false), ("A/B", "s", nil, false),
    ("A\r\nX: y", "s", nil, false), ("AKID", "", nil, false), ("AKID", "any thing\n", nil, true),
    ("AKID", "s", "", false), ("AKID", "s", "a\nb", false),
  ])
  func `keys go into a header as they are`(
    access: String, secret: String, token: String?, areUsable: Bool
  ) {
    let keys = AWSKeys(
      accessKey: KeyBytes(access), secretKey: KeyBytes(secret),
      sessionToken: token.map { KeyBytes($0) })
    #expect(keys.areUsable == areUsable)
  }
}
