// SPDX-License-Identifier: Apache-2.0

import NIOCore

// How connections become ready in time. On their loop.

extension Channel {
  /// What handlers find out before the channel can be used. It is closed when that fails, or has not come by the deadline.
  ///
  /// - Parameter begin: adds the handlers, which complete the promise.
  func prepare<Value: Sendable>(
    by deadline: NIODeadline, _ begin: (EventLoopPromise<Value>) throws -> Void
  ) -> EventLoopFuture<Value> {
    let promise = eventLoop.makePromise(of: Value.self)
    let timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      promise.fail(UpstreamTimeout())
    }
    do {
      try begin(promise)
    } catch {
      promise.fail(error)
    }
    return promise.futureResult.always { result in
      timer.cancel()
      if case .failure = result { self.close(promise: nil) }
    }
  }
}

extension EventLoopFuture where Value: Sendable {
  /// Tells its outcome, or at the deadline that there was none.
  ///
  /// - Parameters:
  ///   - drop: is given what comes later, for nobody takes it.
  ///   - completed: on the loop, once.
  func complete(
    by deadline: NIODeadline, dropping drop: @escaping @Sendable (Value) -> Void,
    _ completed: @escaping (Result<Value, any Error>) -> Void
  ) {
    let promise = eventLoop.makePromise(of: Value.self)
    let timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      promise.fail(UpstreamTimeout())
    }
    cascade(to: promise)
    promise.futureResult.assumeIsolated().whenComplete { [self] result in
      timer.cancel()
      if case .failure = result { whenSuccess(drop) }
      completed(result)
    }
  }
}

/// There was no connection within its time.
struct UpstreamTimeout: Error {}
