// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

extension ControlMessage.Configured {
  /// Whether an instance was refused, and the generation with it.
  var isRefusal: Bool {
    instances.contains { $0.diagnostics.contains { !$0.isWarning } }
  }

  /// What is wrong with the answer itself; nil: it can be used.
  ///
  /// Every instance is answered for once, and wants only phases that the manifest names.
  func problem(
    asked: [ControlMessage.Configure.Instance], of manifest: PackageManifest
  ) -> String? {
    var open = Set(asked.map(\.instance))
    for instance in instances {
      guard open.remove(instance.instance) != nil else {
        return "answered for instance \(instance.instance), which it was not asked about"
      }
      for subscription in instance.subscriptions
      where !manifest.phases.contains(subscription.phase) {
        return "subscribes to phase \(subscription.phase), which its manifest does not name"
      }
    }
    if instances.contains(where: { !$0.queues.isEmpty }), !manifest.mayDeliver {
      return "declares queues, and its manifest does not name the service deliver"
    }
    return open.min().map { "did not answer for instance \($0)" }
  }

  /// Whether the other answer makes the same plan: processes of a pool, and those that replace them, must not differ.
  package func agrees(with other: Self) -> Bool {
    let wanted = Dictionary(uniqueKeysWithValues: instances.map { ($0.instance, $0) })
    return instances.count == other.instances.count
      && other.instances.allSatisfy {
        wanted[$0.instance]?.subscriptions == $0.subscriptions
          && wanted[$0.instance]?.logFiles == $0.logFiles
          && wanted[$0.instance]?.queues == $0.queues
          && wanted[$0.instance]?.metrics == $0.metrics
      }
  }
}
