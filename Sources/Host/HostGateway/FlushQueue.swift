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
  private let afterEvent = WaitingConnections()
  private let afterTurn = WaitingConnections()
  private var isInEvent = false

  init(loop: any EventLoop) { self.loop = loop }

  /// Bytes of a connection are read, and handled.
  func eventBegan() { isInEvent = true }

  /// They were handled, or the connection is closed: then there is no end of the reading.
  func eventEnded() {
    isInEvent = false
    afterEvent.flush()
  }

  /// The connection has written; once until it is flushed.
  func flushAfterEvent(_ connection: any Flushable) {
    let isFirst = afterEvent.add(connection)
    // A timer or a new connection is no event of a connection: the turn is its end.
    if isFirst, !isInEvent { loop.assumeIsolated().execute { [afterEvent] in afterEvent.flush() } }
  }

  /// The connection has written; once until it is flushed.
  func flushAfterTurn(_ connection: any Flushable) {
    guard afterTurn.add(connection) else { return }
    loop.assumeIsolated().execute { [afterTurn] in afterTurn.flush() }
  }
}

/// Connections that wait to be flushed. To flush one can make room, and so lead to more writes: they may be added meanwhile.
private final class WaitingConnections {
  private var connections: [any Flushable] = []
  /// The memory of the last round, for the next.
  private var spare: [any Flushable] = []

  /// Whether it is the only one.
  func add(_ connection: any Flushable) -> Bool {
    connections.append(connection)
    return connections.count == 1
  }

  func flush() {
    while !connections.isEmpty {
      var flushing = spare
      spare = []
      swap(&flushing, &connections)
      for connection in flushing { connection.flush() }
      flushing.removeAll(keepingCapacity: true)
      spare = flushing
    }
  }
}
