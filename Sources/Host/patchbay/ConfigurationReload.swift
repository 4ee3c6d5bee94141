// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostConfiguration
import HostGateway
import Logging

/// The configuration is read again when a signal says so.
struct ConfigurationReload: Sendable {
  let control: ControlPlane
  /// The file that the gateway was started with.
  let file: String
  let logger: Logger

  /// Lets a configuration take over; returns the number of its generation.
  ///
  /// Not on the control plane's thread: a large one takes a second, and processes have to be looked after meanwhile.
  static func take(_ text: String, _ control: ControlPlane) async throws -> UInt64 {
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
      try await control.reload(text, environment: Self.environment)
    }
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Reads the file again for every signal, one after the other. What is wrong is logged: the same lines that
  /// `patchbay check` prints.
  func run(on signals: AsyncStream<Void>) async {
    for await _ in signals {
      let origin: Logger.Metadata = ["file": "\(file)"]
      logger.info("reading the configuration again", metadata: origin)
      do {
        _ = try await Self.take(try ConfigurationFile.read(file), control)
      } catch let invalid as GatewayConfiguration.Invalid {
        for error in invalid.errors { logger.error("\(error)", metadata: origin) }
        logger.error(
          "the configuration was refused: the one before it serves on", metadata: origin)
      } catch {
        logger.error(
          "the configuration was not taken: \(error); the one before it serves on",
          metadata: origin)
      }
    }
  }
}
