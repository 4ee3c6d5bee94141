// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

/// `patchbay plugin …`
struct PluginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Install and list plugin packages.",
    subcommands: [Install.self, List.self])

  struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Install an executable as a package.",
      discussion: "Reads the manifest from the executable and copies it to DIR/NAME/VERSION/.")

    @Argument(help: "The plugin's executable.")
    var path: String

    @Option(help: ArgumentHelp("Where plugin packages are installed.", valueName: "dir"))
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

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the packages that are installed.",
      discussion: "A line for each version, the newest of a plugin first; that one is run.")

    @Option(help: ArgumentHelp("Where plugin packages are installed.", valueName: "dir"))
    var plugins = "plugins"

    func run() async throws {
      for package in InstalledPackage.all(in: plugins) {
        print("\(package.name) \(package.version)")
      }
    }
  }
}
