// SPDX-License-Identifier: Apache-2.0

import HostServices

/// What became of a batch.
enum DeliveryOutcome {
  case delivered
  /// It may arrive another time. The reason holds nothing secret.
  case failed(String)
  /// It would not be taken another time.
  case refused(String)
}

/// Who brings batches to one destination, on one event loop.
protocol DeliverySender: AnyObject {
  /// Sends a batch, beside others that are under way.
  ///
  /// - Parameter completed: is called once, maybe before this returns.
  func send(_ entries: [DeliveryEntry], _ completed: @escaping (DeliveryOutcome) -> Void)

  /// Nothing was sent for as long as connections are kept.
  func close()
}
