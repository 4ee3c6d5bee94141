// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostConfiguration
import HostGateway
import HostProcesses
import Logging
import NIOCore
import NIOPosix

/// Reads the file of a command, and says on stderr all that is wrong with it.
enum ConfigurationFile {
  /// - Throws: ``GatewayConfiguration/Invalid``; when the file cannot be read at all, that is said already.
  static func load(_ path: String) throws -> GatewayConfiguration {
    let text: String
    do {
      text = try read(path)
    } catch {
      throw failure(["\(path): \(error)"])
    }
    return try GatewayConfiguration.parse(text, environment: ConfigurationReload.environment)
  }

  /// The data plane of a configuration, or what of its settings cannot be used.
  static func gateway(
    for configuration: GatewayConfiguration, loops: [any EventLoop], threads: NIOThreadPool,
    logger: Logger
  ) async throws -> Gateway {
    do {
      return try await Gateway(
        loops: loops, settings: configuration.settings, version: Patchbay.version,
        threads: threads, logger: logger)
    } catch {
      let place = Place()["patchbay"]["trusted_certificates"]
      throw GatewayConfiguration.Invalid(errors: [ConfigurationError(place, "\(error)")])
    }
  }

  /// Where the plugins of a configuration are, and what they need to be used.
  ///
  /// - Parameter directory: what the command line says, if it does.
  static func packages(
    for settings: HostSettings, in directory: String?
  ) throws(GatewayConfiguration.Invalid) -> PackageFolder {
    let folder = PackageFolder(
      directory ?? settings.pluginsDirectory, requiresSignature: settings.requiresSignedPlugins,
      trustedKeys: settings.trustedKeys)
    guard folder.requiresSignature else { return folder }
    let place = Place()["patchbay"]["plugins"]["trusted_keys"]
    do {
      guard try folder.trustedKeys.all().isEmpty else { return folder }
    } catch {
      throw GatewayConfiguration.Invalid(errors: [ConfigurationError(place, "\(error)")])
    }
    throw GatewayConfiguration.Invalid(
      errors: [ConfigurationError(place, "there is no key in \(folder.trustedKeys)")])
  }

  /// Prints the errors, each with its place.
  static func report(_ invalid: GatewayConfiguration.Invalid, of path: String) -> ExitCode {
    failure(lines(for: invalid, of: path))
  }

  /// A line for each error, and how many there are.
  static func lines(for invalid: GatewayConfiguration.Invalid, of path: String) -> [String] {
    let count = invalid.errors.count
    return invalid.errors.map(\.description)
      + ["\(path): \(count) error\(count == 1 ? "" : "s")"]
  }

  private static func failure(_ lines: [String]) -> ExitCode {
    for line in lines { StandardError.write(line + "\n") }
    return ExitCode(1)
  }

  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// The file's text.
  static func read(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else {
      throw Unreadable(description: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= 64 << 20 else { throw Unreadable(description: "larger than 64 MiB") }
    }
    guard ferror(file) == 0 else { throw Unreadable(description: String(cString: strerror(errno))) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Unreadable(description: "not UTF-8")
    }
    return text
  }
}
