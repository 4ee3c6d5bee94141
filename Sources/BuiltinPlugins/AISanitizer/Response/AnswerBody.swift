// SPDX-License-Identifier: Apache-2.0

import LLM

/// Texts of an answer that come in one piece: each goes through a ``Lane`` at once, so that it says what a stream would.
enum AnswerBody {
  static func splices(
    of root: JSONNode, in body: RawSpan, _ work: inout AnswerWork
  ) -> [Splice] {
    splices(of: TextPlaces(of: root, in: body, .response).places, in: body, &work)
  }

  static func splices(
    of places: [TextPlace], in body: RawSpan, _ work: inout AnswerWork
  ) -> [Splice] {
    places.compactMap { place in
      switch place.kind {
      case .text, .json: string(place, in: body, &work)
      case .number: number(place, in: body, &work)
      // A value that is cut over tokens would be found in none of them.
      case .tokens:
        work.sanitizes
          ? Splice(
            offset: place.node.start, delete: place.node.range.count, insert: Array("null".utf8))
          : nil
      }
    }
  }

  private static func string(
    _ place: TextPlace, in body: RawSpan, _ work: inout AnswerWork
  ) -> Splice? {
    var content: [UInt8] = []
    place.node.appendString(in: body, to: &content)
    let said = work.service?.whole(content) ?? said(content, place, &work)
    guard said != content else { return nil }
    return Splice(
      offset: place.node.start + 1, delete: place.node.range.count - 2,
      insert: JSONEscaping.escaped(said))
  }

  private static func said(
    _ content: [UInt8], _ place: TextPlace, _ work: inout AnswerWork
  ) -> [UInt8] {
    let isJSON = place.kind == .json
    var context: [UInt8] = []
    if !isJSON, let key = place.key { context = Array("\(key): ".utf8) }
    var lane = Lane(name: "", isJSON: isJSON, context: context)
    return lane.received(content, isLast: true, &work)
  }

  /// In the place of a number that is personal comes a string.
  private static func number(
    _ place: TextPlace, in body: RawSpan, _ work: inout AnswerWork
  ) -> Splice? {
    guard work.sanitizes, work.service == nil else { return nil }
    let content = body.extracting(place.node.range).withUnsafeBytes { Array($0) }
    let key = JSONEscaping.escaped(Array((place.key ?? "").utf8))
    var lane = Lane(name: "", isJSON: true, context: [0x22] + key + Array(#"": "#.utf8))
    let said = lane.received(content, isLast: true, &work)
    guard said != content else { return nil }
    return Splice(offset: place.node.start, delete: content.count, insert: said)
  }
}

extension RawSpan {
  /// The first byte that is no white space.
  var firstByte: UInt8? {
    withUnsafeBytes { $0.first { $0 != 0x20 && $0 != 0x0D && $0 != 0x0A && $0 != 0x09 } }
  }
}
