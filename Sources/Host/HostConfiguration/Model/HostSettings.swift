// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// The `patchbay:` block: what Kong has no word for.
package struct HostSettings: Sendable {
  /// How the processes of a plugin are run.
  package struct Processes: Sendable {
    package var instances = Instances.fixed(1)
    /// Nil: as the plugin's manifest says.
    package var failsOpen: Bool?
    /// Milliseconds that one of its calls may take; nil: what the plugin asks for.
    package var deadline: Int?
    /// Milliseconds that exchanges may stay with a process that is to leave.
    package var drainTimeout = 30_000
    /// Bytes that each of them may have to itself.
    package var memory = 512 << 20
    /// What they may do beyond their sockets, if the plugin's manifest asks for it.
    package var permissions: [PackagePermission] = []
  }

  /// How many processes a plugin has.
  package enum Instances: Sendable, Equatable {
    case fixed(Int)
    /// As many as its load needs, up to one a core.
    case auto
  }

  /// How much of the sandbox a process must have.
  package enum Sandbox: String, Sendable, CaseIterable {
    /// It is not started without one.
    case required
    /// What the machine has of it.
    case preferred
    /// Nothing.
    case off
  }

  package var listen = [Listener(Address(host: "127.0.0.1", port: 8000))]
  /// None: there is no admin API.
  package var admin = [Listener(Address(host: "127.0.0.1", port: 8001))]
  package var tls = TLSSettings()
  package var pluginsDirectory = "plugins"
  /// Whether only packages with the signature of a trusted key are used.
  package var requiresSignedPlugins = false
  /// A folder of PEM files; nil: `.trust` in the folder of packages.
  package var trustedKeys: String?
  package var logLevel = "info"
  /// Event loops; nil: one a core.
  package var workers: Int?
  /// Microseconds that a processor may take to wake while there are exchanges; nil: as long as it likes.
  package var cpuLatency: Int?
  /// Bytes.
  package var requestBody = 8 << 20
  package var responseBody = 64 << 20
  package var retryBody = 64 << 10
  package var requestHead = 64 << 10
  package var headerCount = 128
  package var clients = ClientSettings()
  /// A file of PEM certificates that upstreams are verified with, beside the system's.
  package var trustedCertificates: String?
  package var upstream = Upstream()
  package var sandbox = Sandbox.preferred
  package var processes: [String: Processes] = [:]

  package init() {}
}
