// SPDX-License-Identifier: Apache-2.0

/// What all copies of a ``Host`` share: the way to the loop, and through it to the current call.
///
/// The loop knows whose job it runs, so the current call costs nothing to know: a task-local value would
/// cost each call a tenth of a microsecond, used or not.
final class HostCore: Sendable {
  private let loop: EventLoop
  private let services: Set<HostService>
  private let sendLog: @Sendable (LogLevel, String, _ exchange: UInt64) -> Void

  init(
    loop: EventLoop, services: [HostService],
    sendLog: @escaping @Sendable (LogLevel, String, _ exchange: UInt64) -> Void
  ) {
    self.loop = loop
    self.services = Set(services)
    self.sendLog = sendLog
  }

  /// The call whose job runs right here.
  private var current: Exchange? { loop.isCurrentThread ? loop.current : nil }

  var remaining: Duration? {
    guard let call = current?.activeCall else { return nil }
    return .microseconds(call.deadline > loop.now ? Int64(clamping: call.deadline - loop.now) : 0)
  }

  func measure(_ body: (inout MetricList) -> Void) {
    if let exchange = current { body(&exchange.metrics) }
  }

  func log(_ level: LogLevel, _ message: String) {
    let exchange = current?.activeCall?.exchange ?? 0
    if loop.isCurrentThread {
      sendLog(level, message, exchange)
    } else {
      loop.perform { [sendLog] in sendLog(level, message, 0) }
    }
  }

  func call(_ operation: ServiceOperation) async throws -> ServiceReply {
    for service in operation.services where !services.contains(service) {
      throw HostError(
        code: "undeclared", message: "the manifest does not name the service \(service)")
    }
    guard let exchange = current, exchange.activeCall != nil else { throw HostError.noCall }
    return try await wait(in: exchange) { waiter in
      exchange.startService(operation, waiter: waiter)
    }
  }

  func sleep(microseconds: UInt64) async throws {
    guard let exchange = current, exchange.activeCall != nil else { throw HostError.noCall }
    let loop = loop
    var timer: TimerHeap.ID?
    do {
      _ = try await wait(in: exchange) { waiter in
        timer = loop.schedule(after: microseconds) {
          exchange.finish(waiter, .success(ServiceReply(result: .unknown, body: Bytes())))
        }
      }
    } catch {
      if let timer { loop.cancel(timer) }
      throw error
    }
  }

  /// Suspends until the waiter is finished, or the task is cancelled.
  private func wait(
    in exchange: Exchange, _ start: (Waiter) -> Void
  ) async throws -> ServiceReply {
    let waiter = exchange.nextWaiter()
    let loop = loop
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        if Task.isCancelled {
          continuation.resume(throwing: CancellationError())
          return
        }
        exchange.waiting[waiter] = continuation
        start(waiter)
      }
    } onCancel: {
      loop.perform { exchange.finish(waiter, .failure(CancellationError())) }
    }
  }
}

/// Names a suspended service call within its exchange.
struct Waiter: Hashable, Sendable { let number: UInt32 }
