// SPDX-License-Identifier: Apache-2.0

@testable import HostConfiguration

extension GatewayConfiguration {
  /// A file in format 3.0 with these lines.
  static func read(
    _ text: String, environment: [String: String] = [:]
  ) throws(Invalid) -> GatewayConfiguration {
    try parse("_format_version: \"3.0\"\n" + text) { environment[$0] }
  }

  /// What is said about a file: a line for each error.
  static func errors(_ text: String, environment: [String: String] = [:]) -> [String] {
    errors(ofFile: "_format_version: \"3.0\"\n" + text, environment: environment)
  }

  static func errors(ofFile text: String, environment: [String: String] = [:]) -> [String] {
    do throws(Invalid) {
      _ = try parse(text) { environment[$0] }
      return []
    } catch {
      return error.errors.map(\.description)
    }
  }
}
