// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc

/// A thread of the system, for what has to block.
enum SystemThread {
  private final class Start: Sendable {
    let body: @Sendable () -> @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> @Sendable () -> Void) { self.body = body }
  }

  static func detach(_ body: @escaping @Sendable () -> Void) {
    start {
      body()
      return {}
    }
  }

  /// Runs the closure, lets go of it and all that it holds, and then runs what it gave back.
  private static func start(_ body: @escaping @Sendable () -> @Sendable () -> Void) {
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let afterwards = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        afterwards()
        return nil
      }, Unmanaged.passRetained(Start(body)).toOpaque())
    precondition(result == 0, "the system has no thread for the host's control plane")
    pthread_detach(thread)
  }

  /// Runs the closure on a thread of its own.
  ///
  /// - Parameter patiently: others that have something to do go first, so that much work delays nobody who serves. It gets
  ///   its share of the processors all the same.
  static func run<Answer: Sendable>(
    patiently: Bool, _ body: @escaping @Sendable () -> Answer
  ) async -> Answer {
    await withCheckedContinuation { waiting in
      start {
        if patiently { patchbay_be_patient() }
        let answer = body()
        return { waiting.resume(returning: answer) }
      }
    }
  }
}
