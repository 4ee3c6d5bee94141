// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The way of a streamed response body through the plugins that see its pieces, from the source up to the client.
///
/// A stage that transforms holds the client back: what it has not released stays here. A stage that copies never does;
/// it gets the bytes as they pass it. Every stage has at most one piece on the way; what arrives meanwhile is the next
/// piece, so pieces grow when a plugin is slow and nothing ever waits to fill. A piece stays here until its reply is
/// committed, so that another process can be asked the same.
package struct ResponsePipeline {
  package enum Action: Equatable {
    /// Show the stage's piece to its plugin.
    case call(step: Int)
    /// Bytes for the client.
    case deliver(ByteBuffer)
    /// The client has got everything.
    case end
    /// A stage ended the body early: whatever the source still has is not wanted.
    case stopSource
  }

  /// What a stage's plugin is shown.
  package struct Piece: Equatable {
    package var bytes: ByteBuffer
    /// Position of the first byte in the body as this stage sees it.
    package var offset: Int
    package var isLast: Bool
  }

  private struct Stage {
    let step: Int
    let transforms: Bool
    /// Arrived and not yet shown, after what was held back.
    var waiting = ByteBuffer()
    /// Position of the first byte of `waiting`, or of `shown` while there is one.
    var offset = 0
    var shown: ByteBuffer?
    var inputEnded = false
    var shownLast = false
    var isOver = false
  }

  private var stages: [Stage] = []
  private var sourceEnded = false
  private var endDelivered = false
  private var clientGone = false

  package init() {}

  /// A pipeline for the steps before `limit` that want to see pieces.
  package init(plan: Plan, below limit: Int) {
    let members = plan.copy.union(plan.transform)
    guard !members.isEmpty else { return }
    stages.reserveCapacity(members.count)
    var step = limit
    while let next = members.last(before: step) {
      stages.append(Stage(step: next, transforms: plan.transform.contains(next)))
      step = next
    }
  }

  /// Whether any stage could hold the client back.
  package var hasStages: Bool { !stages.isEmpty }

  /// Whether every stage has seen the end: nothing will be called any more.
  package var isSettled: Bool { (endDelivered || clientGone) && stages.allSatisfy(\.isOver) }

  /// The bytes that are kept for plugins, which the source is slowed down by.
  package var bufferedBytes: Int {
    var sum = 0
    for stage in stages { sum += stage.waiting.readableBytes + (stage.shown?.readableBytes ?? 0) }
    return sum
  }

  /// Bytes of the source.
  package mutating func received(_ bytes: ByteBuffer, _ actions: inout [Action]) {
    guard !sourceEnded else { return }
    push(bytes, into: 0, &actions)
  }

  /// The source has no more.
  package mutating func sourceFinished(_ actions: inout [Action]) {
    guard !sourceEnded else { return }
    sourceEnded = true
    finishInput(of: 0, &actions)
  }

  /// What the stage's plugin is shown, the first time and again.
  package func piece(for step: Int) -> Piece? {
    guard let stage = stages.first(where: { $0.step == step }), let shown = stage.shown else {
      return nil
    }
    return Piece(bytes: shown, offset: stage.offset, isLast: stage.shownLast)
  }

  /// The reply for the piece on the way is committed.
  ///
  /// - Parameters:
  ///   - output: the released part of the piece as edited; for a copy it means nothing.
  ///   - hold: bytes at the end of the piece that are shown again, at most its length; zero on the last piece.
  ///   - end: the plugin ends the body here (a transform), or wants no more of it (a copy).
  package mutating func replied(
    step: Int, output: ByteBuffer, hold: Int, end: Bool, _ actions: inout [Action]
  ) {
    guard let index = stages.firstIndex(where: { $0.step == step }),
      let shown = stages[index].shown
    else { return }
    stages[index].shown = nil
    let held = stages[index].shownLast ? 0 : min(hold, shown.readableBytes)
    stages[index].offset += shown.readableBytes - held
    if held > 0, stages[index].transforms, !clientGone {
      keep(shown, tail: held, at: index)
    }
    let wasLast = stages[index].shownLast
    if stages[index].transforms, !clientGone {
      if output.readableBytes > 0 { push(output, into: index + 1, &actions) }
      if end, !wasLast { stopSource(at: index, &actions) }
    }
    if end || wasLast {
      finish(index, &actions)
    } else {
      // Only what is new is worth a call: held bytes alone were seen already.
      showNext(index, onlyIfLongerThan: held, &actions)
    }
  }

  /// The stage's plugin failed and is `open`: the bytes go on without it.
  package mutating func passed(step: Int, _ actions: inout [Action]) {
    guard let index = stages.firstIndex(where: { $0.step == step }), !stages[index].isOver else {
      return
    }
    let ended = stages[index].inputEnded
    if stages[index].transforms, !clientGone {
      if let shown = stages[index].shown, shown.readableBytes > 0 {
        push(shown, into: index + 1, &actions)
      }
      let waiting = stages[index].waiting
      if waiting.readableBytes > 0 { push(waiting, into: index + 1, &actions) }
    }
    stages[index].shown = nil
    stages[index].waiting = ByteBuffer()
    if ended {
      finish(index, &actions)
    } else {
      stages.remove(at: index)
    }
  }

  /// The client left. What it would have got is dropped; copies see the end of what was there, so that accounting is
  /// of what was received.
  package mutating func abandoned(_ actions: inout [Action]) {
    guard !clientGone, !endDelivered else { return }
    clientGone = true
    sourceEnded = true
    for index in stages.indices where !stages[index].isOver {
      if stages[index].transforms {
        stages[index].isOver = true
        stages[index].shown = nil
        stages[index].waiting = ByteBuffer()
      } else if !stages[index].inputEnded {
        stages[index].inputEnded = true
        showNext(index, onlyIfLongerThan: 0, &actions)
      }
    }
  }

  private mutating func push(_ bytes: ByteBuffer, into index: Int, _ actions: inout [Action]) {
    var index = index
    while index < stages.count {
      if stages[index].isOver {
        if stages[index].transforms { return }
      } else {
        stages[index].waiting.writeOrTake(bytes)
        showNext(index, onlyIfLongerThan: 0, &actions)
        if stages[index].transforms { return }
      }
      index += 1
    }
    if !clientGone { actions.append(.deliver(bytes)) }
  }

  private mutating func finishInput(of index: Int, _ actions: inout [Action]) {
    var index = index
    while index < stages.count {
      if !stages[index].inputEnded {
        stages[index].inputEnded = true
        showNext(index, onlyIfLongerThan: 0, &actions)
      }
      if stages[index].transforms, !stages[index].isOver { return }
      index += 1
    }
    if !endDelivered, !clientGone {
      endDelivered = true
      actions.append(.end)
    }
  }

  /// The stage at `index` sees nothing more.
  private mutating func finish(_ index: Int, _ actions: inout [Action]) {
    stages[index].isOver = true
    stages[index].waiting = ByteBuffer()
    if stages[index].transforms { finishInput(of: index + 1, &actions) }
  }

  private mutating func stopSource(at index: Int, _ actions: inout [Action]) {
    if !sourceEnded {
      sourceEnded = true
      actions.append(.stopSource)
    }
    // The stages below see the end of what they have seen so far.
    for below in 0..<index where !stages[below].inputEnded {
      stages[below].inputEnded = true
      if stages[below].transforms {
        stages[below].isOver = true
        stages[below].shown = nil
        stages[below].waiting = ByteBuffer()
      } else {
        showNext(below, onlyIfLongerThan: 0, &actions)
      }
    }
  }

  private mutating func showNext(
    _ index: Int, onlyIfLongerThan held: Int, _ actions: inout [Action]
  ) {
    guard stages[index].shown == nil, !stages[index].isOver else { return }
    let isLast = stages[index].inputEnded
    guard isLast || stages[index].waiting.readableBytes > held else { return }
    stages[index].shown = stages[index].waiting
    stages[index].waiting = ByteBuffer()
    stages[index].shownLast = isLast
    actions.append(.call(step: stages[index].step))
  }

  private mutating func keep(_ shown: ByteBuffer, tail: Int, at index: Int) {
    var held = shown
    held.moveReaderIndex(forwardBy: shown.readableBytes - tail)
    var arrived = stages[index].waiting
    held.writeBuffer(&arrived)
    stages[index].waiting = held
  }
}

extension ByteBuffer {
  /// Appends, without a copy when there is nothing yet.
  fileprivate mutating func writeOrTake(_ bytes: ByteBuffer) {
    if readableBytes == 0 {
      self = bytes
    } else {
      writeImmutableBuffer(bytes)
    }
  }
}
