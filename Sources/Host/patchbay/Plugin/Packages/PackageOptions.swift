// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

/// The options of all commands about packages.
struct PackageOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where plugin packages are installed.", valueName: "dir"))
  var plugins = "plugins"

  @Option(
    help: ArgumentHelp(
      "The public keys that are trusted. (default: .trust in the folder of packages)",
      valueName: "dir"))
  var trustedKeys: String?

  @OptionGroup var output: OutputOptions

  func folder(requiresSignature: Bool = false) -> PackageFolder {
    PackageFolder(plugins, requiresSignature: requiresSignature, trustedKeys: trustedKeys)
  }
}
