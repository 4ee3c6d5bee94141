// SPDX-License-Identifier: Apache-2.0

import HostServices
import NIOCore
import NIOPosix

/// What the workers share: the stores live on one of their loops, and the others go there.
final class SharedServices: Sendable {
  /// The embedded stores.
  struct Stores: Sendable {
    var values = KeyValueStore()
    var counters = CounterStore()
  }

  let threads: NIOThreadPool
  /// What is known of dead processes.
  let suspects: Suspects
  let credentials: SharedCredentials
  let deliveries: SharedDeliveries
  private let loop: any EventLoop
  private let stores: NIOLoopBoundBox<Stores>

  /// - Parameter loops: of the workers; the first one's has the stores.
  init(loops: [any EventLoop], threads: NIOThreadPool) {
    let loop = loops[0]
    self.loop = loop
    suspects = Suspects(loops: loops.count)
    deliveries = SharedDeliveries(loops: loops)
    credentials = SharedCredentials(loop: loop)
    self.threads = threads
    stores = NIOLoopBoundBox.makeBoxSendingValue(Stores(), eventLoop: loop)
  }

  /// Runs the closure with the stores. What one loop asks for is done in the order in which it asks.
  func withStores<Result: Sendable>(
    _ body: @escaping @Sendable (inout Stores) -> Result
  ) -> EventLoopFuture<Result> {
    loop.submit { body(&self.stores.value) }
  }

  /// The exchange is over: no write of it is made again, so that none needs to be remembered.
  func forget(exchange: UInt64) {
    loop.execute {
      self.stores.value.values.forget(exchange: exchange)
      self.stores.value.counters.forget(exchange: exchange)
    }
  }
}
