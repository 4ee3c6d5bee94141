// SPDX-License-Identifier: Apache-2.0

/// A body, or a piece of one: the bytes that were shown, and recorded edits of them.
///
/// Edits are in the coordinates of what was shown, in any order, and must not overlap. They are all
/// that travels: to insert a message into a megabyte sends the message. An edit outside of the bytes,
/// or one that overlaps another, fails the call with the code `bad-edit`.
public struct Body: Sendable {
  /// As it was shown. Empty when the interest does not ask for the body.
  public let bytes: Bytes
  private(set) var splices: [BodySplice] = []
  private(set) var isBroken = false

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// Bytes that were shown.
  public var count: Int { bytes.count }

  /// What was shown, read as UTF-8.
  public var text: String { bytes.text }

  /// Whether anything was changed.
  public var isEdited: Bool { !splices.isEmpty }

  /// Replaces a range of the shown bytes.
  public mutating func replace(_ range: Range<Int>, with insert: some Collection<UInt8>) {
    splice(range, .bytes(Array(insert)))
  }

  /// Replaces a range of the shown bytes.
  public mutating func replace(_ range: Range<Int>, with insert: String) {
    splice(range, .bytes(Array(insert.utf8)))
  }

  /// Replaces a range of the shown bytes by a secret's value, which the host fills in when the bytes
  /// leave for an upstream.
  ///
  /// - Parameter inJSONString: the place is inside of a JSON string, so the value is escaped for one.
  public mutating func replace(_ range: Range<Int>, with secret: Secret, inJSONString: Bool = false)
  {
    splice(range, .secret(secret, inJSONString: inJSONString))
  }

  /// Inserts before the shown byte at the offset. Inserts at one offset keep their order.
  public mutating func insert(_ insert: some Collection<UInt8>, at offset: Int) {
    replace(offset..<offset, with: insert)
  }

  /// Inserts before the shown byte at the offset.
  public mutating func insert(_ insert: String, at offset: Int) {
    replace(offset..<offset, with: insert)
  }

  /// Removes a range of the shown bytes.
  public mutating func remove(_ range: Range<Int>) {
    splice(range, .bytes([]))
  }

  /// Replaces everything, and forgets edits made before. What is equal at both ends is not sent.
  public mutating func replaceAll(with whole: some Collection<UInt8>) {
    let whole = Array(whole)
    let common = bytes.withUnsafeBytes { old in
      whole.withUnsafeBytes { new in
        let limit = min(old.count, new.count)
        var prefix = 0
        while prefix < limit, old[prefix] == new[prefix] { prefix += 1 }
        var suffix = 0
        while suffix < limit - prefix,
          old[old.count - 1 - suffix] == new[new.count - 1 - suffix]
        {
          suffix += 1
        }
        return (prefix: prefix, suffix: suffix)
      }
    }
    splices = []
    let range = common.prefix..<bytes.count - common.suffix
    let insert = Array(whole[common.prefix..<whole.count - common.suffix])
    if !range.isEmpty || !insert.isEmpty { splice(range, .bytes(insert)) }
  }

  /// Replaces everything, and forgets edits made before. What is equal at both ends is not sent.
  public mutating func replaceAll(with whole: String) {
    replaceAll(with: Array(whole.utf8))
  }

  /// The bytes with the edits applied; `(secret)` stands where a secret will be.
  public var edited: [UInt8] {
    var result: [UInt8] = []
    var position = 0
    for splice in splices {
      result += bytes[position..<splice.range.lowerBound]
      switch splice.insert {
      case .bytes(let insert): result += insert
      case .secret(let secret, _): result += secret.description.utf8
      }
      position = splice.range.upperBound
    }
    result += bytes[position..<bytes.count]
    return result
  }

  private mutating func splice(_ range: Range<Int>, _ insert: BodySplice.Insert) {
    let splice = BodySplice(range: range, insert: insert)
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      isBroken = true
      return
    }
    // Edits mostly come in order, so the place is looked for from the end.
    var index = splices.count
    while index > 0, splices[index - 1].range.lowerBound > range.lowerBound { index -= 1 }
    let followsWell = index == 0 || splices[index - 1].range.upperBound <= range.lowerBound
    let precedesWell = index == splices.count || range.upperBound <= splices[index].range.lowerBound
    guard followsWell, precedesWell else {
      isBroken = true
      return
    }
    splices.insert(splice, at: index)
  }
}

/// One recorded edit of a body.
struct BodySplice: Sendable {
  enum Insert: Sendable {
    case bytes([UInt8])
    case secret(Secret, inJSONString: Bool)
  }

  let range: Range<Int>
  let insert: Insert
}
