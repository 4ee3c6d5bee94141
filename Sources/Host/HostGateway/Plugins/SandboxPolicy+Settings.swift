// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
package import HostProcesses

extension SandboxPolicy {
  package init(_ settings: HostSettings) {
    let demand: Demand =
      switch settings.sandbox {
      case .required: .required
      case .preferred: .preferred
      case .off: .off
      }
    self.init(
      demand: demand,
      plugins: settings.processes.mapValues {
        Plugin(memory: $0.memory, granted: $0.permissions)
      })
  }
}
