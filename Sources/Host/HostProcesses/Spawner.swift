// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
import Synchronization

/// The host's end of the spawner process: starts and kills plugin processes, and learns how they end.
///
/// A thread of its own waits for reports; requests are sent by whoever has them.
package final class Spawner: Sendable {
  /// How a process fared.
  package enum Report: Sendable, Equatable {
    case started(id: UInt64, pid: pid_t)
    case failed(id: UInt64, reason: String)
    case exited(id: UInt64, pid: pid_t, reason: String, isClean: Bool)
    /// The spawner itself is gone: nothing can be started any more.
    case lost
  }

  private let socket: CInt
  package let reports: AsyncStream<Report>

  /// - Parameter socket: of `patchbay_spawner_start`.
  package init(socket: CInt) {
    self.socket = socket
    let (stream, continuation) = AsyncStream.makeStream(of: Report.self)
    reports = stream
    Self.listen(socket, continuation)
  }

  /// Starts the executable behind the descriptor. The descriptors can be closed when this returns.
  package func spawn(
    id: UInt64, name: String, executable: CInt, output: CInt, error: CInt, sockets: [CInt]
  ) -> String? {
    var request = patchbay_spawn_request()
    request.kind = PATCHBAY_SPAWN.rawValue
    request.id = id
    request.sockets = UInt32(sockets.count)
    withUnsafeMutableBytes(of: &request.name) { field in
      field.copyBytes(from: name.utf8.prefix(field.count - 1))
    }
    let descriptors = [executable, output, error] + sockets
    let code = patchbay_spawner_send(socket, &request, descriptors, CInt(descriptors.count))
    return code == 0 ? nil : String(cString: strerror(code))
  }

  /// Sends a signal; one that comes too late reaches nobody.
  package func kill(id: UInt64, signal: CInt) {
    var request = patchbay_spawn_request()
    request.kind = PATCHBAY_KILL.rawValue
    request.id = id
    request.signal = signal
    _ = patchbay_spawner_send(socket, &request, nil, 0)
  }

  private static func listen(_ socket: CInt, _ reports: AsyncStream<Report>.Continuation) {
    let flags = fcntl(socket, F_GETFL)
    _ = fcntl(socket, F_SETFL, flags & ~O_NONBLOCK)
    Thread.detach {
      var report = patchbay_spawn_report()
      while patchbay_spawner_receive(socket, &report) == 1 {
        if let value = Report(report) { reports.yield(value) }
      }
      reports.yield(.lost)
      reports.finish()
    }
  }
}

/// A detached system thread, for what has to block.
enum Thread {
  static func detach(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    precondition(result == 0, "the system has no thread for the host's control plane")
    pthread_detach(thread)
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

extension Spawner.Report {
  init?(_ report: patchbay_spawn_report) {
    switch patchbay_spawn_report_kind(report.kind) {
    case PATCHBAY_STARTED: self = .started(id: report.id, pid: report.pid)
    case PATCHBAY_FAILED:
      let text = String(cString: strerror(report.code))
      self = .failed(id: report.id, reason: "\(Self.stage(report.stage)): \(text)")
    case PATCHBAY_EXITED:
      self = .exited(
        id: report.id, pid: report.pid, reason: Self.status(report.code),
        isClean: report.code == 0)
    default: return nil
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

  /// As wait(2) says it: the low seven bits are a signal, the next byte an exit status.
  private static func status(_ status: CInt) -> String {
    let signal = status & 0x7F
    guard signal == 0 else {
      return "killed by signal \(signal) (\(String(cString: strsignal(signal))))"
    }
    return "exited with status \(status >> 8 & 0xFF)"
  }
}
