// SPDX-License-Identifier: Apache-2.0

import HostExchange
import NIOCore

// Configurations follow one another; exchanges end with the one that they began with.
extension Worker {
  /// What new exchanges begin with.
  func adopt(_ traffic: Traffic) {
    loop.assertInEventLoop()
    let isNew = traffic.stable.generation != self.traffic.stable.generation
    let origins = self.traffic.origins
    self.traffic = traffic
    upstreams.drain(origins.subtracting(traffic.origins))
    guard isNew else { return }
    habits = []
    former.adopted(
      traffic.stable.generation, live: exchanges.values.lazy.map(\.snapshot.generation))
  }

  /// What the steps of a route's chain have done lately on this event loop.
  func habits(of route: RouteChoice, isSecure: Bool) -> RouteHabits {
    let place = route.destination * 2 + (isSecure ? 1 : 0)
    if habits.count <= place {
      habits += Array(repeating: nil, count: place + 1 - habits.count)
    }
    if let known = habits[place] { return known }
    let new = RouteHabits()
    habits[place] = new
    return new
  }

  /// Done when no exchange of a former generation is left on this event loop.
  func ended(_ generation: UInt64) -> EventLoopFuture<Void> {
    let promise = loop.makePromise(of: Void.self)
    if former.contains(generation) {
      whenEnded[generation, default: []].append(promise)
    } else {
      promise.succeed()
    }
    return promise.futureResult
  }

  /// An exchange is over.
  func exchangeEnded(of generation: UInt64) {
    guard former.ended(generation) else { return }
    for promise in whenEnded.removeValue(forKey: generation) ?? [] { promise.succeed() }
  }

  /// The event loop stops: nothing is waited for any more.
  func endWaiting() {
    let waiting = whenEnded.values.flatMap { $0 }
    whenEnded.removeAll()
    for promise in waiting { promise.succeed() }
  }
}

/// What a worker has learned of a route's steps. A class, so that exchanges of the generation share it.
final class RouteHabits {
  var learned = Habits()
}
