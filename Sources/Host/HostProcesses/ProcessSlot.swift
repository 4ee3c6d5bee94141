// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import PluginProtocol

/// One process that a plugin should have: its machine, and what belongs to the process that it has now.
struct ProcessSlot {
  let id: UInt64
  let package: InstalledPackage
  var machine: SupervisorMachine
  var control = ControlConnection(role: .host)
  var incarnation: UInt64 = 0
  var pid: pid_t?
  var channel: (any Channel)?
  /// The host's ends of the data connections, until they are handed over.
  var descriptors: [CInt] = []
  var ready: ControlMessage.Ready?
  var lastLines: [String] = []
  /// When the ping that is not answered was sent; nanoseconds.
  var pingSent: UInt64?

  /// Lines that are kept for people who ask why.
  static let lineCount = 20

  init(id: UInt64, package: InstalledPackage, timing: SupervisorMachine.Timing) {
    self.id = id
    self.package = package
    machine = SupervisorMachine(timing: timing)
  }

  mutating func keep(_ line: String) {
    if lastLines.count == Self.lineCount { lastLines.removeFirst() }
    lastLines.append(line)
  }

  /// Closes what belongs to the process.
  mutating func discard() {
    for descriptor in descriptors { close(descriptor) }
    descriptors = []
    channel?.close(promise: nil)
    channel = nil
    pid = nil
    ready = nil
    pingSent = nil
    control = ControlConnection(role: .host)
  }
}
