// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import Testing

struct PackagePermissionTests {
  @Test(
    arguments: [
      ("network", .network), ("processes", .processes), ("read:/", .read("/")),
      ("read:/etc/ssl", .read("/etc/ssl")), ("write:/a b:c", .write("/a b:c")),
    ] as [(String, PackagePermission)])
  func `a permission has one spelling`(_ text: String, _ permission: PackagePermission) {
    #expect(PackagePermission(text) == permission)
    #expect(permission.description == text)
  }

  @Test(arguments: [
    "", "Network", "network:", "read", "read:", "read:etc", "read:/etc/", "read://etc",
    "read:/etc/../root", "read:/./etc", "write:/a\0b", "execute:/bin/sh", ":/etc",
  ])
  func `what is no permission is none`(_ text: String) {
    #expect(PackagePermission(text) == nil)
  }

  @Test(
    arguments: [
      (.read("/etc"), .read("/etc"), true), (.read("/etc"), .read("/etc/ssl"), true),
      (.read("/"), .read("/etc"), true), (.write("/a"), .write("/a/b"), true),
      (.network, .network, true),
      (.read("/etc"), .read("/etcetera"), false), (.read("/etc/ssl"), .read("/etc"), false),
      (.write("/etc"), .read("/etc"), false), (.read("/etc"), .write("/etc"), false),
      (.network, .processes, false), (.read("/"), .network, false),
    ] as [(PackagePermission, PackagePermission, Bool)])
  func `what is below a granted path is granted, and nothing else`(
    _ granted: PackagePermission, _ asked: PackagePermission, _ isCovered: Bool
  ) {
    #expect(granted.covers(asked) == isCovered)
  }
}
