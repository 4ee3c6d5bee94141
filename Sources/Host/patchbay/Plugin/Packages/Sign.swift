// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin sign PATH|NAME[@VERSION] --key FILE`
  struct Sign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sign an executable, or a package that is installed.",
      discussion: """
        A path has a slash in it (./my-plugin): its signature is written beside it, to PATH.sig, and \
        both are what is shipped. A name is that of an installed package, whose newest version is \
        meant when none is given.
        """)

    @Argument(help: "A path with a slash, or NAME[@VERSION].")
    var target: String

    @Option(help: ArgumentHelp("The private key: Ed25519 in PEM.", valueName: "file"))
    var key: String

    @OptionGroup var inspection: InspectionOptions

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let key = try SigningKey(pem: KeyFile.read(key), from: key)
      let keyID = VerificationKey.short(key.publicKey.id)
      if target.contains("/") {
        let signed = try inspection.inspecting {
          try PackageInstaller.sign(target, with: key, asking: $0)
        }
        options.output.print(
          action: "sign",
          "signed \(signed.name) \(signed.version) with the key \(keyID): \(signed.signature)",
          [KeyRecord(name: nil, keyID: key.publicKey.id, file: signed.signature)])
      } else {
        let reference = try PackageReference(target)
        let package = try reference.package(in: options.folder()).sign(with: key)
        options.output.print(
          action: "sign", "signed \(package.name) \(package.version) with the key \(keyID)",
          [PackageRecord(package)])
      }
    }
  }
}
