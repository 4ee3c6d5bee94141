// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin install PATH`
  struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Install an executable as a package.",
      discussion: """
        Copies it to DIR/NAME/VERSION/. Name and version are those of its manifest: of PATH.sig, when \
        that is the signature of a trusted key, else of what PATH --manifest prints, in a sandbox.
        """)

    @Argument(help: "The plugin's executable.")
    var path: String

    @Flag(help: "Refuse, and do not execute, what has no signature of a trusted key.")
    var requireSigned = false

    @OptionGroup var inspection: InspectionOptions

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let package = try inspection.inspecting { inspector in
        try PackageInstaller.install(
          path, into: options.folder(requiresSignature: requireSigned), asking: inspector)
      }
      options.output.print(
        action: "install", "installed \(package.name) \(package.version) in \(package.directory)",
        [PackageRecord(package)])
    }
  }
}
