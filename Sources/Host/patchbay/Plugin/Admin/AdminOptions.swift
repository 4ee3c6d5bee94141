// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import HostConfiguration
import HostProcesses

/// The options of all commands that ask a gateway that runs.
struct AdminOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The gateway's admin API. (default: $PATCHBAY_ADMIN, else 127.0.0.1:8001)",
      valueName: "address"))
  var admin: Address?

  @OptionGroup var output: OutputOptions

  /// - Throws: when the environment names no address.
  func client() throws -> AdminClient {
    AdminClient(address: try admin ?? Self.address(ProcessInfo.processInfo.environment))
  }

  static func address(_ environment: [String: String]) throws -> Address {
    guard let text = environment["PATCHBAY_ADMIN"], !text.isEmpty else {
      return Address(host: "127.0.0.1", port: 8001)
    }
    guard let address = Address(text) else {
      throw CommandRefusal(
        "the environment's PATCHBAY_ADMIN is '\(text)': expected an address such as 127.0.0.1:8001")
    }
    return address
  }

  /// Asks about a plugin's processes, or has something done with them, and prints the answer.
  ///
  /// - Parameter what: what follows `/plugins/processes/NAME`.
  func change(
    _ plugin: String, _ method: String, _ what: String = "", _ body: CanonicalJSON? = nil
  ) async throws {
    try InstalledPackage.checkName(plugin)
    let answer = try await client().processes(method, "/\(plugin)\(what)", body)
    output.print(answer)
  }
}

extension OutputOptions {
  /// What a gateway answered: as it is for programs, else what it says and its processes.
  func print(_ answer: ProcessesAnswer) {
    if json {
      Swift.print(answer.json.text)
      return
    }
    if let message = answer.message { Swift.print(TextTable.printable(message)) }
    if let socket = answer.socket { Swift.print(TextTable.printable("socket: \(socket)")) }
    if !answer.data.isEmpty {
      if answer.message != nil { Swift.print("") }
      Swift.print(TextTable(answer.data).text)
    }
    for note in answer.data.compactMap(\.note) { Swift.print(TextTable.printable(note)) }
  }
}
