// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CSpawner
import Glibc
import HostProcesses

/// The command: everything else is in the libraries beside it.
@main
struct Patchbay: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "patchbay",
    abstract: "An AI gateway in which every feature is a program of its own.",
    discussion: """
      Runs a declarative file in Kong's format:

        patchbay run kong.yml
        patchbay check kong.yml
      """,
    version: version,
    subcommands: [Run.self, Check.self, PluginCommand.self])

  /// The host's end of the spawner, which is forked before anything else happens: a process with threads cannot fork
  /// safely.
  nonisolated(unsafe) private static var spawnerSocket: CInt = -1
  nonisolated(unsafe) private static var spawnerProcess: pid_t = 0

  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    spawnerSocket = patchbay_spawner_start(&spawnerProcess)
    await main(nil)
  }

  /// The spawner, for commands that start plugins.
  static func spawner() throws -> Spawner {
    guard spawnerSocket >= 0 else {
      throw ValidationError("no spawner: \(String(cString: strerror(-spawnerSocket)))")
    }
    return Spawner(socket: spawnerSocket, process: spawnerProcess)
  }
}
