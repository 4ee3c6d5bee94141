// SPDX-License-Identifier: Apache-2.0

import CSpawner
import NIOCore
import NIOPosix

/// The thread of the control plane: an event loop of its own for the connections of the admin API and of the supervisor, and
/// for all tasks. Nothing of it is on the loops that carry traffic, and few of its events have to wake another thread.
final class ControlLoop: TaskExecutor {
  let group: MultiThreadedEventLoopGroup
  /// The system's number of it.
  let thread: CInt
  private let loop: any EventLoop

  private init(_ group: MultiThreadedEventLoopGroup, thread: CInt) {
    self.group = group
    self.thread = thread
    loop = group.next()
  }

  static func start() async throws -> ControlLoop {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let thread = try await group.next().submit {
      patchbay_name_thread("control")
      return patchbay_this_thread()
    }.get()
    return ControlLoop(group, thread: thread)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
