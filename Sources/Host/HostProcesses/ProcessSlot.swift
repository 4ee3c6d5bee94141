// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import PluginProtocol

/// One process that a plugin should have: its machine, and what belongs to the process that it has now.
struct ProcessSlot {
  let id: UInt64
  let release: UInt64
  let package: InstalledPackage
  var machine: SupervisorMachine
  /// It finishes because its release needs fewer processes; once stopped, the slot goes.
  var isSurplus = false
  var control = ControlConnection(role: .host)
  var incarnation: UInt64 = 0
  /// The process was started so that it makes way for those that serve.
  var isPatient = false
  /// Those before it, the newest last: what they died of may be told later.
  var formerIncarnations: [UInt64] = []
  var pid: Int32?
  var sandbox: SandboxReport?
  var channel: (any Channel)?
  /// The host's ends of the data connections, until they are handed over.
  var descriptors: [CInt] = []
  var ready: ControlMessage.Ready?
  /// The configuration that it has not answered yet; nil: it has answered. One at a time.
  var asked: Asked?
  /// Counts what it was asked.
  var questions = 0
  /// To the dry run that it was asked about last.
  var answer: ControlMessage.Configured?
  /// The newest generation that it has accepted; 0: none.
  var generation: UInt64 = 0
  /// Milliseconds of a drain that it is told of once it has answered.
  var waitingDrain: UInt32?
  /// The last lines of this process, and of the one before it.
  var lastLines: [String] = []
  var logBudget = LogBudget()
  /// Its stdout and stderr.
  var pipes: [any Channel] = []
  /// Those that something may still come from.
  var openPipes = 0
  /// Of a process that a developer has started: the connection that it came over.
  var attachment: AttachSocket.Peer?
  /// It ended; the pipes are being read to their end.
  var end: ProcessExit?

  /// A configuration that a process was sent.
  struct Asked {
    let generation: UInt64
    let isDryRun: Bool
  }

  /// Lines that are kept for people who ask why.
  static let lineCount = 20
  /// Bytes of such a line.
  static let lineLength = 512

  init(id: UInt64, release: UInt64, package: InstalledPackage, machine: SupervisorMachine) {
    self.id = id
    self.release = release
    self.package = package
    self.machine = machine
  }

  /// Another process takes the slot.
  mutating func begin(_ incarnation: UInt64) {
    if self.incarnation != 0 { formerIncarnations.append(self.incarnation) }
    if formerIncarnations.count > 8 { formerIncarnations.removeFirst() }
    self.incarnation = incarnation
  }

  mutating func keep(_ line: String) {
    if lastLines.count == Self.lineCount { lastLines.removeFirst() }
    lastLines.append(String(line.prefix(Self.lineLength)))
  }

  /// Closes what belongs to the process.
  mutating func discard() {
    for descriptor in descriptors { close(descriptor) }
    descriptors = []
    channel?.close(promise: nil)
    channel = nil
    for pipe in pipes { pipe.close(promise: nil) }
    pipes = []
    openPipes = 0
    pid = nil
    sandbox = nil
    ready = nil
    end = nil
    asked = nil
    answer = nil
    generation = 0
    waitingDrain = nil
    control = ControlConnection(role: .host)
  }
}
