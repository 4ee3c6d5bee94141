// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin swap NAME PATH-or-VERSION`
  struct Swap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace a plugin's processes by another version, under traffic.",
      discussion: """
        A path is installed by the gateway, into its own folder of packages. The version that ran goes \
        on until the new one has accepted the configuration; when anything fails before that, nothing \
        has changed. With --canary only a share of the exchanges goes to the new version, until it is \
        promoted or rolled back.
        """)

    @Argument(help: "The plugin's name.")
    var name: String

    @Argument(
      help: ArgumentHelp(
        "An installed version, or the path of an executable.", valueName: "path-or-version"))
    var target: String

    @Option(
      help: ArgumentHelp(
        "The share of exchanges for the new version, such as 10%.", valueName: "percent"))
    var canary: Percent?

    @Option(
      help: ArgumentHelp(
        "Promote the canary after this time if it did no worse: 90s, 5m, 1h.",
        valueName: "duration"))
    var promoteAfter: Seconds?

    @OptionGroup var options: AdminOptions

    func validate() throws {
      if promoteAfter != nil, canary == nil {
        throw ValidationError("--promote-after is for a --canary")
      }
    }

    func run() async throws {
      try await options.change(name, "PUT", "", body())
    }

    /// What the gateway is asked for.
    func body() throws -> CanonicalJSON {
      var members: [String: CanonicalJSON] = [:]
      if SemanticVersion(target) != nil {
        members["version"] = .string(target)
      } else {
        members["path"] = .string(try absolutePath())
      }
      members["canary"] = canary.map { .number($0.value) }
      members["promote_after"] = promoteAfter.map { .integer(Int64($0.value)) }
      return .object(members)
    }

    /// The gateway may have another working directory.
    private func absolutePath() throws -> String {
      if target.hasPrefix("/") { return target }
      let path = URL(fileURLWithPath: target).standardizedFileURL.path
      guard FileManager.default.fileExists(atPath: path) else {
        throw CommandRefusal("'\(target)' is neither a version such as 1.2.0 nor a file")
      }
      return path
    }
  }
}
