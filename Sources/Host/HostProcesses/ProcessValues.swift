// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// A process that is ready, as the event loops need it.
package struct ProcessHandle: Sendable {
  package let plugin: String
  package let version: String
  /// The release that it belongs to.
  package let release: UInt64
  /// The format of its checkpoints.
  package let stateVersion: UInt32
  package let pid: Int32
  package let incarnation: UInt64
  /// What the process accepts on each data connection.
  package let limits: ConnectionLimits
  /// One for each event loop; whoever gets the handle owns them.
  package let descriptors: [CInt]
}

/// Told of processes that come and go. Called on the control plane, in order.
package protocol ProcessObserver: Sendable {
  /// A process takes calls now.
  ///
  /// - Throws: when the data plane cannot take it: it is of no use then.
  func processReady(_ handle: ProcessHandle) async throws
  /// No new calls for it; what it has, it may finish. Also told when it has died.
  func processDraining(plugin: String, incarnation: UInt64) async
  /// Somebody has killed the process, which is not its calls' fault.
  func processKilledByOthers(plugin: String, incarnation: UInt64) async
  /// It is late with the answer to a ping: others are to get the calls; or it is back in time.
  func processSlow(plugin: String, incarnation: UInt64, isSlow: Bool) async
  /// None of the release's processes takes calls or will soon; or there is hope again.
  func releaseAvailable(plugin: String, release: UInt64, isAvailable: Bool) async
}

/// Why a configuration cannot run, whatever the plugins say of it.
package enum StartProblem: Error, Sendable, Equatable {
  /// The plugin could not be started or understood.
  case plugin(name: String, reason: String)
}
