// SPDX-License-Identifier: Apache-2.0

import LLM
import PII

/// A streamed answer: each of its texts goes through a ``Lane``, in place; what a lane still holds when its text is over is
/// said in an event of its own, in front of the one that ends it.
///
/// Which API's events they are is told by the events.
struct AnswerStream: Equatable, Sendable {
  /// Bytes that all lanes may hold: they are part of the checkpoint.
  static let mostHeld = 20 << 10
  private static let mostLanes = 64
  private static let longestHead = 1024

  private var framing: StreamFraming
  private var format: StreamFormat?
  private var lanes: [Lane] = []
  /// The members that events have in common, for events of our own.
  private var head = ""

  init(_ framing: StreamFraming) { self.framing = framing }

  /// What is to happen with a piece.
  struct Step {
    var splices: [Splice] = []
    /// The bytes up to here go on.
    var release = 0
    /// Why the stream cannot go on.
    var failure: String?
  }

  /// Looks at a piece: what was held back, and what came since.
  mutating func received(_ piece: RawSpan, isLast: Bool, _ work: inout AnswerWork) -> Step {
    var step = Step()
    do throws(StreamProblem) {
      while step.release < piece.byteCount, step.failure == nil,
        let frame = try framing.next(in: piece, from: step.release, isLast: isLast)
      {
        read(frame, from: step.release, in: piece, &step, &work)
        step.release = frame.end
      }
    } catch {
      step.failure = "the answer cannot be read: \(error.reason)"
    }
    if step.failure == nil {
      if isLast {
        if !piece.isBlank(from: step.release) {
          step.failure = "the answer ends within an event"
        } else {
          step.release = piece.byteCount
        }
        let rest = flush({ _ in true }, .atEnd, &work)
        step.insert(framing.separated(rest, behind: piece), at: step.release)
      } else if piece.byteCount - step.release > EventStreamParser.defaultMaximumEventSize {
        step.failure = "an event of the answer is too long"
      }
    }
    if lanes.reduce(0, { $0 + $1.held }) > Self.mostHeld || lanes.count > Self.mostLanes {
      step.failure = "too much of the answer has to wait"
    }
    // Where the answer goes on all the same, nothing of it is lost.
    if step.failure != nil { step.insert(flush({ _ in true }, .atEnd, &work), at: step.release) }
    return step
  }

  /// What tells a client that the stream is refused.
  ///
  /// - Parameter told: The stream before the piece that is refused.
  func refusal(_ problem: RequestProblem, behind told: AnswerStream) -> [UInt8] {
    framing.refusal(problem, format, isOpen: told.framing.isOpen)
  }

  private mutating func read(
    _ frame: StreamFramer.Frame, from start: Int, in piece: RawSpan, _ step: inout Step,
    _ work: inout AnswerWork
  ) {
    switch frame.data {
    case .none:
      // Behind the last element of an array.
      if framing.isClosed { step.insert(flush({ _ in true }, .atEnd, &work), at: start) }
    case .lines(let lines):
      let change = read(lines.span.bytes, framing.name(of: frame, in: piece), &step, &work)
      step.insert(change.front, at: start)
      guard !change.edits.isEmpty else { return }
      step.splices.append(
        framing.replacing(
          frame, from: start, in: piece, with: Splice.apply(change.edits, to: lines.span.bytes)))
    case .line(let range):
      let data = piece.extracting(range)
      let change = read(data, framing.name(of: frame, in: piece), &step, &work)
      step.insert(change.front, at: framing.place(in: frame, from: start, data: range))
      guard !change.edits.isEmpty else { return }
      if framing.hasChecksums {
        step.splices.append(
          framing.replacing(
            frame, from: start, in: piece, with: Splice.apply(change.edits, to: data)))
      } else {
        step.splices += change.edits.map {
          Splice(offset: range.lowerBound + $0.offset, delete: $0.delete, insert: $0.insert)
        }
      }
    }
  }

  /// What an event becomes.
  private struct Change {
    /// Events that come in front of it.
    var front: [UInt8] = []
    /// Edits of its data.
    var edits: [Splice] = []
  }

  private mutating func read(
    _ data: RawSpan, _ name: String, _ step: inout Step, _ work: inout AnswerWork
  ) -> Change {
    if data.withUnsafeBytes({ $0.starts(with: "[DONE]".utf8) }) {
      return Change(front: flush({ _ in true }, .inFront, &work))
    }
    guard let root = Self.root(of: data) else {
      if work.sanitizes, data.byteCount > 0 { step.failure = "an event of the answer is no JSON" }
      return Change()
    }
    guard let known = framing.hasChecksums ? .bedrock : StreamFormat(of: root, in: data) else {
      return other(root, in: data, &step, &work)
    }
    guard known == format ?? known else {
      if work.sanitizes { step.failure = "the answer changes its format" }
      return Change()
    }
    format = known
    noteHead(known, root, in: data)
    let texts = known.texts(of: root, named: name, in: data)
    if work.sanitizes, let problem = texts.problem {
      step.failure = problem
      return Change()
    }
    return change(texts, in: data, &work)
  }

  private mutating func change(
    _ texts: EventTexts, in data: RawSpan, _ work: inout AnswerWork
  ) -> Change {
    var change = Change()
    for (number, part) in texts.parts.enumerated() {
      var content: [UInt8] = []
      part.node.appendString(in: data, to: &content)
      // With the last of a text comes all that waited.
      let isLast =
        texts.isOver(part.lane) && !texts.parts[(number + 1)...].contains { $0.lane == part.lane }
      let said = say(content, in: part, isLast: isLast, &work)
      guard said != content else { continue }
      change.edits.append(
        Splice(
          offset: part.node.start + 1, delete: part.node.range.count - 2,
          insert: JSONEscaping.escaped(said)))
    }
    change.edits += AnswerBody.splices(of: texts.whole, in: data, &work)
    change.edits.sort { $0.offset < $1.offset }
    change.front = flush({ texts.isOver($0.name) }, .inFront, &work)
    return change
  }

  /// The object of an event. Upstreams that cut their text between the bytes of a character send what is no JSON, strictly:
  /// it is read where it is an object from its first byte to its last.
  private static func root(of data: RawSpan) -> JSONNode? {
    if let root = try? JSONNode.validated(in: data) { return root.kind == .object ? root : nil }
    guard let root = try? JSONNode(scanning: data), root.kind == .object,
      data.isBlank(from: root.end)
    else { return nil }
    return root
  }

  /// An event of no known format, such as an error: all its strings, each for itself.
  private mutating func other(
    _ root: JSONNode, in data: RawSpan, _ step: inout Step, _ work: inout AnswerWork
  ) -> Change {
    let isError = root.get("error", in: data) != nil
    let front = isError ? flush({ _ in true }, .inFront, &work) : []
    guard work.sanitizes else { return Change(front: front) }
    let places = TextPlaces(below: root, named: "message", in: data).places
    if !isError, !places.isEmpty { step.failure = "the answer is in a format that cannot be read" }
    return Change(front: front, edits: AnswerBody.splices(of: places, in: data, &work))
  }

  private mutating func say(
    _ text: [UInt8], in part: EventTexts.Part, isLast: Bool, _ work: inout AnswerWork
  ) -> [UInt8] {
    if let said = work.service?.part(text, of: part.lane) { return said }
    let place: Int
    if let known = lanes.firstIndex(where: { $0.name == part.lane }) {
      place = known
    } else {
      place = lanes.count
      lanes.append(Lane(name: part.lane, isJSON: part.isJSON))
    }
    let said = lanes[place].received(text, isLast: isLast, &work)
    if isLast { lanes.remove(at: place) }
    return said
  }

  /// Ends lanes, and gives what they hold, in events of their own.
  private mutating func flush(
    _ isOver: (Lane) -> Bool, _ place: StreamFraming.Place, _ work: inout AnswerWork
  ) -> [UInt8] {
    var events: [UInt8] = []
    for index in lanes.indices where isOver(lanes[index]) {
      let said = lanes[index].received([], isLast: true, &work)
      guard !said.isEmpty, let format else { continue }
      let event = format.event(saying: "\"\0\"", in: lanes[index].name, head: head)
      events += framing.event(event.name, saying: JSONEscaping.escaped(said), event.data, place)
    }
    lanes.removeAll(where: isOver)
    return events
  }

  private mutating func noteHead(_ format: StreamFormat, _ root: JSONNode, in data: RawSpan) {
    guard head.isEmpty, !format.head.isEmpty else { return }
    var members = JSONMembers(of: root)
    var text: [UInt8] = []
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data), format.head.contains(key) else { continue }
      data.extracting(member.key.start..<member.value.end).withUnsafeBytes {
        text.append(contentsOf: $0)
      }
      text.append(UInt8(ascii: ","))
    }
    if text.count <= Self.longestHead { head = String(decoding: text, as: UTF8.self) }
  }
}

extension AnswerStream.Step {
  fileprivate mutating func insert(_ events: [UInt8], at offset: Int) {
    if !events.isEmpty { splices.append(Splice(offset: offset, insert: events)) }
  }
}

extension AnswerStream: CompactState {
  func write(to writer: inout StateWriter) {
    writer.state(framing.framer)
    writer.text(format?.rawValue)
    writer.text(head)
    writer.number(lanes.count)
    for lane in lanes { writer.state(lane) }
  }

  init(from reader: inout StateReader) throws(StateError) {
    framing = StreamFraming(try reader.state())
    if let name = try reader.optionalText() {
      guard let known = StreamFormat(rawValue: name) else { throw StateError(at: 0) }
      format = known
    }
    head = try reader.text()
    for _ in 0..<max(0, try reader.number()) { lanes.append(try reader.state()) }
  }
}
