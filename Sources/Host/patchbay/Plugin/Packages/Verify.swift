// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin verify NAME[@VERSION]`
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify the signature of a package that is installed.",
      discussion: """
        Does what a gateway with plugins: {require_signed: true} does before every start: the \
        executable is the one of the manifest, and a trusted key signed the manifest.
        """)

    @Argument(help: "NAME or NAME@VERSION; without a version the newest.")
    var target: String

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let package = try PackageReference(target)
        .package(in: options.folder(requiresSignature: true))
      close(try package.open())
      let record = PackageRecord(package)
      options.output.print(
        action: "verify",
        "\(package.name) \(package.version) is as it was signed by '\(record.signedBy ?? "")'",
        [record])
    }
  }
}
