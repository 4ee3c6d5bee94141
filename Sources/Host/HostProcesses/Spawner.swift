// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
import PluginProtocol
import Synchronization

/// The host's end of the spawner process: starts and kills plugin processes, and learns how they end.
///
/// A thread of its own waits for reports; requests are sent by whoever has them.
package final class Spawner: Sendable {
  /// How a process fared.
  package enum Report: Sendable, Equatable {
    case started(id: UInt64, pid: Int32, SandboxReport)
    case failed(id: UInt64, reason: String)
    case exited(id: UInt64, ProcessExit)
    /// By a signal that stops it, until it is told to go on.
    case paused(id: UInt64)
    case resumed(id: UInt64)
    /// The spawner itself is gone, and its processes with it: nothing can be started any more.
    case lost
  }

  /// What happened. For one reader.
  package let reports: AsyncStream<Report>
  /// Nil when the spawner is gone.
  private let socket: Mutex<CInt?>
  private let process: Int32
  /// Who waits for the end of an executable that says what it is.
  private let inspections = Mutex<[UInt64: Inspection]>([:])

  /// - Parameters:
  ///   - socket: of `patchbay_spawner_start`; owned from here on.
  ///   - process: the spawner's.
  package init(socket: CInt, process: Int32) {
    self.socket = Mutex(socket)
    self.process = process
    let (stream, continuation) = AsyncStream.makeStream(of: Report.self)
    reports = stream
    SystemThread.detach { [self] in
      listen(socket, continuation)
    }
  }

  /// Starts the executable behind the descriptor. The descriptors can be closed when this returns.
  ///
  /// - Parameters:
  ///   - id: names the process in everything that follows; unique among those that run.
  ///   - sandbox: how it is confined.
  ///   - sockets: the descriptors from 3 on, in the process. One without any is to print its manifest.
  ///   - patiently: it makes way for processes that serve, until ``hurry(_:)``.
  /// - Returns: why the spawner could not even be asked; nil: a report will tell.
  package func spawn(
    id: UInt64, name: String, sandbox: ProcessSandbox, executable: CInt, output: CInt, error: CInt,
    sockets: [CInt], patiently: Bool = false
  ) -> String? {
    var request = patchbay_spawn_request()
    request.kind = PATCHBAY_SPAWN.rawValue
    request.id = id
    request.options = sandbox.options | (sockets.isEmpty ? PATCHBAY_PRINT_MANIFEST.rawValue : 0)
    if patiently { request.options |= PATCHBAY_PATIENT.rawValue }
    request.memory = UInt64(sandbox.memory)
    request.sockets = UInt32(sockets.count)
    withUnsafeMutableBytes(of: &request.name) { field in
      field.copyBytes(from: name.utf8.prefix(field.count - 1))
    }
    return send(request, sandbox.paths, [executable, output, error] + sockets)
  }

  /// A process that was started patiently is to serve.
  static func hurry(_ process: Int32) { patchbay_be_prompt(process) }

  /// Sends a signal; one that comes too late reaches nobody.
  package func kill(id: UInt64, signal: CInt) {
    var request = patchbay_spawn_request()
    request.kind = PATCHBAY_KILL.rawValue
    request.id = id
    request.signal = signal
    _ = send(request, [], [])
  }

  /// Starts an executable that is to print its manifest. What becomes of it, the inspection is told, and nobody else.
  func begin(
    _ inspection: Inspection, sandbox: ProcessSandbox, executable: CInt, output: CInt, error: CInt
  ) {
    inspections.withLock { $0[inspection.id] = inspection }
    let problem = spawn(
      id: inspection.id, name: "manifest", sandbox: sandbox, executable: executable,
      output: output, error: error, sockets: [])
    if let problem { end(inspection.id, .failed(reason: problem, code: 0)) }
  }

  private func end(_ id: UInt64, _ end: Inspection.End) {
    inspections.withLock { $0.removeValue(forKey: id) }?.end(end)
  }

  /// Ends the spawner, which kills what runs. ``Report/lost`` follows.
  package func close() {
    socket.withLock { socket in
      if let socket { _ = shutdown(socket, CInt(SHUT_RDWR)) }
    }
  }

  /// Ends the spawner and waits until it is gone: nothing that this host has started outlives it.
  package func end() {
    close()
    patchbay_spawner_wait(process)
  }

  private func send(
    _ request: patchbay_spawn_request, _ paths: [CChar], _ descriptors: [CInt]
  ) -> String? {
    socket.withLock { socket in
      guard let socket else { return "the spawner is gone" }
      var request = request
      request.paths = UInt32(paths.count)
      let code = patchbay_spawner_send(
        socket, &request, paths, descriptors, CInt(descriptors.count))
      return code == 0 ? nil : "the spawner cannot be asked: \(String(cString: strerror(code)))"
    }
  }

  private func listen(_ socket: CInt, _ reports: AsyncStream<Report>.Continuation) {
    var report = patchbay_spawn_report()
    while patchbay_spawner_receive(socket, &report) == 1 {
      guard let value = Report(report) else { continue }
      switch value {
      case .failed(let id, let reason) where Inspection.owns(id):
        end(id, .failed(reason: reason, code: report.code))
      case .exited(let id, let exit) where Inspection.owns(id): end(id, .exited(exit))
      case .started(let id, _, _), .paused(let id), .resumed(let id):
        if !Inspection.owns(id) { reports.yield(value) }
      default: reports.yield(value)
      }
    }
    self.socket.withLock {
      _ = Glibc.close(socket)
      $0 = nil
    }
    for id in inspections.withLock({ Array($0.keys) }) {
      end(id, .failed(reason: "the spawner is gone", code: 0))
    }
    reports.yield(.lost)
    reports.finish()
  }
}

/// How a process ended, and what it had used.
package struct ProcessExit: Sendable, Equatable {
  package enum Status: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
  }

  package let pid: Int32
  package let status: Status
  /// Of the CPU, in user and system mode together.
  package let cpuMicroseconds: UInt64
  /// Resident memory at most, in kilobytes.
  package let maximumKilobytes: UInt64

  package var isClean: Bool { status == .exited(0) }
  package var isKill: Bool { status == .killed(signal: SIGKILL) }
}

extension ProcessExit: CustomStringConvertible {
  package var description: String {
    switch status {
    case .exited(let code): "exited with status \(code)"
    case .killed(let signal): "killed by signal \(signal) (\(String(cString: strsignal(signal))))"
    }
  }
}

extension Spawner.Report {
  fileprivate init?(_ report: patchbay_spawn_report) {
    switch patchbay_spawn_report_kind(report.kind) {
    case PATCHBAY_STARTED:
      self = .started(id: report.id, pid: report.pid, SandboxReport(report))
    case PATCHBAY_FAILED: self = .failed(id: report.id, reason: Self.reason(report))
    case PATCHBAY_EXITED: self = .exited(id: report.id, ProcessExit(report))
    case PATCHBAY_PAUSED: self = .paused(id: report.id)
    case PATCHBAY_RESUMED: self = .resumed(id: report.id)
    default: return nil
    }
  }

  private static func reason(_ report: patchbay_spawn_report) -> String {
    let error = String(cString: strerror(report.code))
    var subject = report.subject
    let text = withUnsafeBytes(of: &subject) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch patchbay_spawn_stage(report.stage) {
    case PATCHBAY_STAGE_SANDBOX:
      let missing = SandboxReport(report).missing.filter(\.isNeeded).map(\.rawValue)
      return "patchbay.sandbox is required, and this machine lacks of it: "
        + missing.joined(separator: ", ")
    case PATCHBAY_STAGE_PATH: return "its permission for \(text) cannot be given: \(error)"
    case PATCHBAY_STAGE_FOLDER where text.isEmpty:
      return "its temporary folder cannot be made: \(error)"
    case PATCHBAY_STAGE_FOLDER:
      return "its temporary folder \(text) cannot be used: \(error)"
    default: return "\(stage(report.stage)): \(error)"
    }
  }

  private static func stage(_ stage: UInt32) -> String {
    switch patchbay_spawn_stage(stage) {
    case PATCHBAY_STAGE_FORK: "no process could be made"
    case PATCHBAY_STAGE_DESCRIPTORS: "its descriptors could not be set up"
    case PATCHBAY_STAGE_LIMITS: "its limits could not be set"
    case PATCHBAY_STAGE_EXEC: "the file cannot be executed"
    default: "the request was refused"
    }
  }
}

extension ProcessExit {
  /// As wait(2) says it: the low seven bits are a signal, the next byte an exit status.
  fileprivate init(_ report: patchbay_spawn_report) {
    let signal = report.code & 0x7F
    pid = report.pid
    status = signal == 0 ? .exited(report.code >> 8 & 0xFF) : .killed(signal: signal)
    cpuMicroseconds = report.cpu_us
    maximumKilobytes = report.max_rss_kb
  }
}

extension SandboxReport {
  fileprivate init(_ report: patchbay_spawn_report) {
    self.init(
      parts: report.parts, isOff: report.options & PATCHBAY_SANDBOX.rawValue == 0)
  }
}

extension ProcessSandbox {
  /// As the spawner takes them.
  fileprivate var options: UInt32 {
    var options: UInt32 =
      switch demand {
      case .required: PATCHBAY_SANDBOX.rawValue | PATCHBAY_SANDBOX_REQUIRED.rawValue
      case .preferred: PATCHBAY_SANDBOX.rawValue
      case .off: 0
      }
    for permission in permissions {
      switch permission {
      case .network: options |= PATCHBAY_ALLOW_NETWORK.rawValue
      case .processes: options |= PATCHBAY_ALLOW_PROCESSES.rawValue
      case .read, .write: break
      }
    }
    return options
  }

  /// Each a letter, a path and a zero.
  fileprivate var paths: [CChar] {
    permissions.flatMap { permission -> [CChar] in
      switch permission {
      case .network, .processes: []
      case .read(let path): [CChar(PATCHBAY_PATH_READ.rawValue)] + path.utf8CString
      case .write(let path): [CChar(PATCHBAY_PATH_WRITE.rawValue)] + path.utf8CString
      }
    }
  }
}
