// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Logging

/// The host's log on stderr: lines for people on a terminal, JSON for everybody else.
struct HostLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level
  private let isTerminal: Bool

  static func bootstrap(level: Logger.Level) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    LoggingSystem.bootstrap { _ in HostLog(logLevel: level, isTerminal: isTerminal) }
  }

  private init(logLevel: Logger.Level, isTerminal: Bool) {
    self.logLevel = logLevel
    self.isTerminal = isTerminal
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let line = LogLine(
      time: .now, level: event.level, message: "\(event.message)",
      metadata: metadata.merging(event.metadata ?? [:]) { $1 })
    StandardError.write((isTerminal ? line.human : line.json) + "\n")
  }
}
