// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses
import PluginProtocol

/// The options of commands that ask an executable what it is.
struct InspectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      What the executable may read to print its manifest, beside itself and the system's programs: where its \
      interpreter or its libraries are. May be given more than once.
      """, valueName: "read:/path"), transform: Self.readPermission)
  var allow: [PackagePermission] = []

  /// Runs the closure with somebody to ask, who is gone afterwards.
  func inspecting<Result>(_ body: (ManifestInspector) throws -> Result) throws -> Result {
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    return try body(
      ManifestInspector(
        spawner: spawner, readable: allow, advice: "--allow read:/PATH lets it read more"))
  }

  private static func readPermission(_ text: String) throws -> PackagePermission {
    guard let permission = PackagePermission(text), case .read = permission else {
      throw ValidationError("'\(text)' is not such as 'read:/opt/python'")
    }
    return permission
  }
}
