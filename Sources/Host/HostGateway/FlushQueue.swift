// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A connection that has written and not flushed.
protocol Flushable: AnyObject {
  /// Hands everything that was written to the system.
  func flush()
}

/// When written bytes leave a worker's connections: together, and as late as nobody waits for.
///
/// To clients and upstreams they leave when the event that caused them is handled, so that a head and the body that came
/// with it are one write. To plugins they leave with the loop's turn, so that the calls of many clients are one write.
final class FlushQueue {
  private let loop: any EventLoop
  private var afterEvent: [any Flushable] = []
  private var afterTurn: [any Flushable] = []
  private var isInEvent = false

  init(loop: any EventLoop) { self.loop = loop }

  /// Bytes of a connection are read, and handled.
  func eventBegan() { isInEvent = true }

  /// They were handled.
  func eventEnded() {
    isInEvent = false
    Self.drain(&afterEvent)
  }

  /// The connection has written; once until it is flushed.
  func flushAfterEvent(_ connection: any Flushable) {
    afterEvent.append(connection)
    // A timer or a new connection is no event of a connection: the turn is its end.
    if !isInEvent, afterEvent.count == 1 {
      loop.assumeIsolated().execute { [self] in Self.drain(&afterEvent) }
    }
  }

  /// The connection has written; once until it is flushed.
  func flushAfterTurn(_ connection: any Flushable) {
    afterTurn.append(connection)
    guard afterTurn.count == 1 else { return }
    loop.assumeIsolated().execute { [self] in Self.drain(&afterTurn) }
  }

  /// To flush can make room, and so lead to more writes.
  private static func drain(_ connections: inout [any Flushable]) {
    while !connections.isEmpty {
      var flushing: [any Flushable] = []
      swap(&flushing, &connections)
      for connection in flushing { connection.flush() }
      // The array goes back, so that it is not made anew each time.
      if connections.isEmpty {
        flushing.removeAll(keepingCapacity: true)
        connections = flushing
        return
      }
    }
  }
}
