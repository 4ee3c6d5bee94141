// SPDX-License-Identifier: Apache-2.0

import LLM

/// An answer in one piece: each of its texts goes through a ``Lane`` at once, so that it says what a stream would.
enum AnswerBody {
  static func splices(
    of root: JSONNode, in body: RawSpan, _ work: inout AnswerWork
  ) -> [Splice] {
    var splices: [Splice] = []
    for place in TextPlaces(of: root, in: body, .response).places where place.kind != .number {
      var content: [UInt8] = []
      place.node.appendString(in: body, to: &content)
      var lane = Lane(name: "", isJSON: place.kind == .json)
      let said = lane.received(content, isLast: true, &work)
      guard said != content else { continue }
      splices.append(
        Splice(
          offset: place.node.start + 1, delete: place.node.range.count - 2,
          insert: JSONEscaping.escaped(said)))
    }
    return splices
  }
}
