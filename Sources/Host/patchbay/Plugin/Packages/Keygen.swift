// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin keygen FILE`
  struct Keygen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key to sign packages with.",
      discussion: """
        Writes the private key to FILE, for its owner only and not encrypted, and the public one to \
        FILE.pub: Ed25519 in PEM, as openssl genpkey makes it.
        """)

    @Argument(help: "Where the private key goes; a file that exists is not replaced.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
      let key = try SigningKey.generate()
      try KeyFile.write(key, to: file)
      output.print(
        action: "keygen", "made a key: \(file) is private, \(file).pub is for those who trust it",
        [KeyRecord(name: nil, keyID: key.publicKey.id, file: "\(file).pub")])
    }
  }
}
