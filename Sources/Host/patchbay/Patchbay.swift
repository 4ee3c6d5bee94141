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

      Exits with 0 when all went well, else with 1 and a reason on stderr.
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
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      // Help and what was said already are the library's; all else is one line that says what is wrong.
      guard exitCode(for: error) != .success, !(error is ExitCode) else { exit(withError: error) }
      StandardError.write("patchbay: \(reason(for: error))\n")
      Glibc.exit(1)
    }
  }

  /// What is wrong, in one line.
  static func reason(for error: any Error) -> String {
    message(for: error).replacing(":\n  - ", with: ": ").replacing("\n  - ", with: ", ")
      .replacing("\n", with: " ")
  }

  /// The spawner, for commands that start plugins.
  static func spawner() throws -> Spawner {
    guard spawnerSocket >= 0 else {
      throw ValidationError(
        "plugin processes cannot be started: \(String(cString: strerror(-spawnerSocket)))")
    }
    return Spawner(socket: spawnerSocket, process: spawnerProcess)
  }
}
