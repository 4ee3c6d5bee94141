// SPDX-License-Identifier: Apache-2.0

/// The ids of tool calls as Mistral takes them: nine letters and digits.
///
/// An id of that shape, such as Mistral's own, stays. Any other, such as one of another provider that answered earlier in
/// the conversation, becomes a hash of itself: a call and its result have the same one, also in the next request, so that
/// a cached prompt stays the same. Two ids of one request never become the same.
struct MistralToolIDs {
  private var names: [String: String] = [:]
  private var taken: Set<String> = []

  /// The id that stands for one.
  subscript(id: String) -> String {
    mutating get {
      if let name = names[id] { return name }
      var name = Self.isValid(id) ? id : Self.name(id.utf8, salt: 0)
      var salt: UInt8 = 0
      while taken.contains(name) {
        salt &+= 1
        name = Self.name(id.utf8, salt: salt)
      }
      taken.insert(name)
      names[id] = name
      return name
    }
  }

  private static let length = 9
  private static let alphabet = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  private static func isValid(_ id: String) -> Bool {
    id.utf8.count == length && id.utf8.allSatisfy { alphabet.contains($0) }
  }

  /// FNV-1a, 64 bits, to the base of 62.
  private static func name(_ id: String.UTF8View, salt: UInt8) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in id { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    if salt > 0 { hash = (hash ^ UInt64(salt)) &* 0x100_0000_01B3 }
    var name: [UInt8] = []
    for _ in 0..<length {
      name.append(alphabet[Int(hash % 62)])
      hash /= 62
    }
    return String(decoding: name, as: UTF8.self)
  }
}
