// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import Logging
import PluginProtocol

// Processes that a developer starts by hand serve exchanges beside those of the plugin's pool.
extension ControlPlane {
  /// Opens a socket for such a process.
  ///
  /// - Parameter header: `name: value`; only exchanges with it go there. Nil: all do, while a process is there.
  package func attach(
    _ plugin: String, header text: String?
  ) async throws(ChangeRefused) -> PluginChange {
    let stable = try await beginChange(of: plugin)
    defer { endChange(of: plugin) }
    guard !attachments.contains(where: { $0.plugin == plugin }) else {
      throw .conflict("a socket for '\(plugin)' is open: detach it first")
    }
    let header = text.flatMap { HeaderMatch($0) }
    guard text == nil || header != nil else {
      throw .invalid("header: expected a name and a value such as 'x-dev: alice'")
    }
    let socket: AttachSocket
    do {
      socket = try AttachSocket(name: plugin)
    } catch {
      throw .conflict("\(error)")
    }
    attachments.append(Attachment(plugin: plugin, header: header, socket: socket))
    inBackground { [weak self] in
      for await peer in socket.peers { await self?.serve(peer, of: plugin) }
    }
    let whose = text.map { "exchanges with '\($0)'" } ?? "all exchanges"
    return PluginChange(
      action: .attach, plugin: plugin, from: stable.package.version, to: stable.package.version,
      message: "start your process with --attach \(socket.path); it gets \(whose)",
      socket: socket.path)
  }

  /// Closes the socket, and lets the process that came over it finish.
  package func detach(_ plugin: String) async throws(ChangeRefused) -> PluginChange {
    let stable = try await beginChange(of: plugin)
    defer { endChange(of: plugin) }
    guard let index = attachments.firstIndex(where: { $0.plugin == plugin }) else {
      throw .conflict("no socket for '\(plugin)' is open")
    }
    let attachment = attachments.remove(at: index)
    attachment.socket.close()
    try await adoptTraffic()
    if let release = attachment.release { await giveBack(release) }
    return PluginChange(
      action: .detach, plugin: plugin, from: attachment.release?.manifest.version ?? "",
      to: stable.package.version, message: "\(plugin) \(stable.package.version) serves")
  }

  /// Lets a process serve as long as it is there.
  private func serve(_ peer: AttachSocket.Peer, of plugin: String) async {
    guard let stable = running[plugin] else { return }
    let id = await supervisor.attach(peer, of: stable.package)
    let origin: Logger.Metadata = ["plugin": "\(plugin)", "pid": "\(peer.pid)"]
    do {
      let manifest = try await supervisor.manifest(of: id)
      guard try await adopt(id, of: stable, manifest) else {
        return await retire(id, of: plugin, within: .zero)  // the socket was closed meanwhile
      }
      logger.notice("a process was attached", metadata: origin)
      await supervisor.ended(id)
      logger.notice("the attached process is gone", metadata: origin)
      await noChange(of: plugin)
      if let index = attachments.firstIndex(where: { $0.release?.id == id }),
        let release = attachments[index].release
      {
        attachments[index].release = nil
        try await adoptTraffic()
        await giveBack(release)
      }
    } catch {
      logger.error("a process could not be attached: \(error)", metadata: origin)
      await retire(id, of: plugin, within: .zero)
    }
  }

  /// Configures the process and lets it serve. False: nobody waits for it any more.
  private func adopt(
    _ id: UInt64, of stable: RunningRelease, _ manifest: PackageManifest
  ) async throws -> Bool {
    // Another configuration that came between its configuration and its traffic would not be known to it.
    await noChange(of: stable.plugin)
    changing.insert(stable.plugin)
    defer { endChange(of: stable.plugin) }
    let release = try await configure(
      RunningRelease(
        id: id, package: stable.package, manifest: manifest, sandbox: stable.sandbox))
    try await supervisor.ready(id, processes: 1)
    guard let index = attachments.firstIndex(where: { $0.plugin == stable.plugin }) else {
      return false
    }
    attachments[index].release = release
    try await adoptTraffic()
    return true
  }

  /// What an attached process had goes on in those of the pool.
  private func giveBack(_ release: RunningRelease) async {
    if let stable = running[release.plugin], stable.agrees(with: release) {
      await onServers(of: release.plugin) { $0.replace(release.id, by: stable.id) }
    }
    await retire(release.id, of: release.plugin, within: drainTime(release.plugin))
  }

  /// Nobody can attach any more.
  func closeAttachments() {
    for attachment in attachments { attachment.socket.close() }
    attachments = []
  }
}
