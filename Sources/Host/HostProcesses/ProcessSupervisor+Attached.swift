// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
import PluginProtocol

// Processes that developers have started by hand. They are greeted and configured like any other, but never started,
// never killed, and not asked for signs of life: they may stand still in a debugger.
extension ProcessSupervisor {
  /// Takes a process that has connected; it gets its connections, and waits for a configuration.
  ///
  /// - Parameter package: what serves otherwise.
  /// - Returns: the release that it is.
  package func attach(_ peer: AttachSocket.Peer, of package: InstalledPackage) async -> UInt64 {
    lastRelease += 1
    lastSlot += 1
    let (release, id) = (lastRelease, lastSlot)
    releases[release] = ReleaseState(id: release, package: package, role: .attached)
    var slot = ProcessSlot(
      id: id, release: release, package: package,
      machine: SupervisorMachine(timing: timing, isAttached: true))
    slot.attachment = peer
    slots[id] = slot
    await obey(id) { $0.start(now: $1) }
    return release
  }

  /// Waits until the release has no process any more.
  package func ended(_ release: UInt64) async {
    while !isOver, processes(of: release).contains(where: { $0.machine.state != .stopped }) {
      await change()
    }
  }

  func connect(
    _ id: UInt64, _ incarnation: UInt64, _ peer: AttachSocket.Peer
  ) async throws {
    var descriptors = try ProcessDescriptors(executable: -1, loops: loops)
    let report = report
    slots[id]?.channel = try await connect(descriptors.takeControl()) {
      report.yield(.control(incarnation: incarnation, $0))
    }
    slots[id]?.descriptors = descriptors.takeData()
    let sockets = descriptors.pluginSockets
    let error = patchbay_send_descriptors(peer.connection, sockets, CInt(sockets.count))
    slots[id]?.attachment = nil
    guard error == 0 else { throw SpawnProblem(String(cString: strerror(error))) }
    slots[id]?.pid = peer.pid
    await obey(id) { $0.started(now: $1) }
    notify()
  }

  /// A control connection is over. Of a process that the spawner has started its end is told; of others this is the end.
  func detached(_ id: UInt64) async {
    guard slots[id]?.machine.isAttached == true else { return }
    await obey(id) { $0.drain(within: 0, now: $1) }
    await obey(id) { $0.exited("closed its connection", now: $1, random: 0) }
  }
}
