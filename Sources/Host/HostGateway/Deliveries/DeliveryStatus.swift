// SPDX-License-Identifier: Apache-2.0

import HostServices

/// What has become of the entries of one `plugins:` entry, for the admin API.
package struct DeliveryStatus: Sendable, Codable {
  package var plugin: String
  /// Id of the `plugins:` entry.
  package var instance: String
  /// Since the host started.
  package var queued: Int
  package var delivered: Int
  /// By reason.
  package var dropped: [String: Int]
  /// Tries after the first one.
  package var retries: Int
  /// Now.
  package var waiting: Int
  package var bytes: Int

  /// Those of all event loops.
  static func all(_ loops: [[DeliveryDesk.Owner: DeliveryCounts]]) -> [DeliveryStatus] {
    var totals: [DeliveryDesk.Owner: DeliveryCounts] = [:]
    for counts in loops {
      for (owner, count) in counts { totals[owner, default: DeliveryCounts()].merge(count) }
    }
    return totals.map { owner, counts in
      DeliveryStatus(
        plugin: owner.plugin, instance: owner.instance, queued: counts.queued,
        delivered: counts.delivered,
        dropped: Dictionary(
          uniqueKeysWithValues: counts.dropped.map { ($0.key.rawValue, $0.value) }),
        retries: counts.retries, waiting: counts.waiting, bytes: counts.bytes)
    }
    .sorted { ($0.plugin, $0.instance) < ($1.plugin, $1.instance) }
  }
}
