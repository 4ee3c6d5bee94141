// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

/// `patchbay plugin …`
struct PluginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Install plugin packages.", subcommands: [Install.self])

  struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Install an executable as a package.",
      discussion: "Reads the manifest from the executable and copies it to DIR/NAME/VERSION/.")

    @Argument(help: "The plugin's executable.")
    var path: String

    @Option(help: "Where plugin packages are installed.")
    var plugins = "plugins"

    func run() async throws {
      do {
        let package = try PackageInstaller.install(path, into: plugins)
        print("installed \(package.name) \(package.version)")
      } catch {
        throw ValidationError("\(error)")
      }
    }
  }
}
