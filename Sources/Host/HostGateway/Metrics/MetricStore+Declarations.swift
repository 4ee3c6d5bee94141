// SPDX-License-Identifier: Apache-2.0

import HostServices
import PluginProtocol

extension MetricStore.Declaration {
  /// What an instance has said of its metrics, by name.
  static func all(
    of answer: ControlMessage.Configured.Instance
  ) -> [String: MetricStore.Declaration] {
    let known = answer.metrics.compactMap { metric in
      metric.kind.map { (metric.name, Self(metric, $0)) }
    }
    return Dictionary(known) { first, _ in first }
  }

  private init(_ metric: MetricMessage, _ kind: MetricMessage.Kind) {
    self.init(
      kind: {
        switch kind {
        case .counter: .counter
        case .gauge: .gauge
        case .histogram: .histogram
        }
      }(), help: metric.help, buckets: metric.buckets)
  }
}
