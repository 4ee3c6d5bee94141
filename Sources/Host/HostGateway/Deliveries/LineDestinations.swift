// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import PluginProtocol

/// Somebody who takes lines over TCP.
struct TCPDestination: Sendable, Equatable {
  let host: String
  let port: Int
  let usesTLS: Bool
  /// The name to ask for and to expect.
  let serverName: String
  let verifies: Bool
  /// Nanoseconds to connect, and to write.
  let timeout: UInt64
  let keepalive: UInt64

  init(
    _ message: QueueMessage.TCP, of plugin: PluginInstance
  ) throws(DeliveryTarget.Problem) {
    guard plugin.config.contains(text: message.host) else {
      throw DeliveryTarget.Problem(
        message: "the plugin wants to send entries to a host that its config does not name")
    }
    guard (1...65535).contains(message.port), !message.host.isEmpty else {
      throw DeliveryTarget.Problem(message: "entries cannot be sent to port \(message.port)")
    }
    let isBracketed = message.host.hasPrefix("[") && message.host.hasSuffix("]")
    host = isBracketed ? String(message.host.dropFirst().dropLast()) : message.host
    port = Int(message.port)
    usesTLS = message.usesTLS
    serverName = message.serverName.isEmpty ? host : message.serverName
    verifies = !message.isInsecure
    timeout = (message.timeout == 0 ? 10_000 : UInt64(message.timeout)) * 1_000_000
    keepalive = UInt64(message.keepalive) * 1_000_000
  }
}

/// The machine's own log.
struct SyslogDestination: Sendable, Equatable {
  let path: String
  let tag: String
  let facility: UInt8

  init(
    _ message: QueueMessage.Syslog, of plugin: PluginInstance
  ) throws(DeliveryTarget.Problem) {
    guard message.path.isEmpty || plugin.config.contains(text: message.path) else {
      throw DeliveryTarget.Problem(
        message: "the plugin wants to write to a socket that its config does not name")
    }
    guard message.facility < 24 else {
      throw DeliveryTarget.Problem(message: "syslog has no facility \(message.facility)")
    }
    path = message.path.isEmpty ? "/dev/log" : message.path
    tag = message.tag
    facility = UInt8(message.facility)
  }
}
