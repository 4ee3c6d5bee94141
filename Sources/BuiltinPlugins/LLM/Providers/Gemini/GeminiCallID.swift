// SPDX-License-Identifier: Apache-2.0

/// The id of a tool call as a client of OpenAI's API keeps it: it carries what Gemini wants back with the call and what
/// OpenAI's format has no place for.
///
/// `call_…` is an id of the gateway's or of another provider's, which Gemini is not told. `gemini_…` is one that
/// Gemini gave. The signature of a thought follows `__ts_`. Only letters, digits, `_` and `-` are used: other
/// providers, to which a conversation may move, refuse all else.
struct GeminiCallID: Equatable {
  private static let prefix = "gemini_"
  private static let separator = "__ts_"

  /// The id that Gemini gave.
  var own: String?
  /// The signature of the thought behind the call, in base64 as Google writes it.
  var signature: String?

  /// What an id carries.
  init(_ id: String) {
    let mark = id.firstRange(of: Self.separator)
    let name = id[..<(mark?.lowerBound ?? id.endIndex)]
    if name.hasPrefix(Self.prefix) { own = String(name.dropFirst(Self.prefix.count)) }
    // Clients may send any id: only what can be a signature is passed on as one.
    if let mark { signature = Self.standard(id[mark.upperBound...]) }
  }

  /// The id of a call for the client.
  ///
  /// - Parameter generated: The id for a call to which Gemini gave none.
  static func text(
    own: String?, signature: String?, generated: @autoclosure () -> String
  ) -> String {
    let id = own.flatMap { isUsable($0) ? prefix + $0 : nil } ?? generated()
    guard let signature, !signature.isEmpty else { return id }
    let plain = signature.utf8.prefix { $0 != UInt8(ascii: "=") }.map { byte in
      byte == UInt8(ascii: "+")
        ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
    }
    return id + separator + String(decoding: plain, as: UTF8.self)
  }

  /// An id for a call to which Gemini gave none: the same whoever makes it, and another for each call of each answer.
  static func generated(answer id: String, choice: Int, number: Int) -> String {
    let unique = String(decoding: id.utf8.filter(isWord), as: UTF8.self)
    return "call_\(unique)_\(choice)_\(number)"
  }

  private static func isUsable(_ id: String) -> Bool {
    !id.isEmpty && id.utf8.allSatisfy(isWord) && !id.contains(separator)
  }

  /// Base64 for addresses in the usual alphabet, padded; nil if it is none.
  private static func standard(_ text: Substring) -> String? {
    // No bytes have a text of this length.
    guard !text.isEmpty, text.utf8.count % 4 != 1, text.utf8.allSatisfy(isWord) else { return nil }
    var bytes = text.utf8.map { byte in
      byte == UInt8(ascii: "-")
        ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
    }
    while bytes.count % 4 != 0 { bytes.append(UInt8(ascii: "=")) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
