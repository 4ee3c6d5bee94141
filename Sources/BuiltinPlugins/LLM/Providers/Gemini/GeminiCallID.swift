// SPDX-License-Identifier: Apache-2.0

/// The id of a tool call as a client of OpenAI's API keeps it: it carries what Gemini wants back with the call and what
/// OpenAI's format has no place for.
///
/// `call_…` is an id of the gateway's or of another provider's, which Gemini is not told. `gemini_…` is one that
/// Gemini gave. A thought's signature follows a `~`, which neither ids nor base64 contain.
struct GeminiCallID: Equatable {
  private static let prefix = "gemini_"
  private static let separator = UInt8(ascii: "~")

  /// The id that Gemini gave.
  var own: String?
  /// The signature of the thought behind the call.
  var signature: String?

  /// What an id carries.
  init(_ id: String) {
    let mark = id.utf8.firstIndex(of: Self.separator)
    let name = id[..<(mark ?? id.endIndex)]
    if name.hasPrefix(Self.prefix) { own = String(name.dropFirst(Self.prefix.count)) }
    if let mark {
      let text = id[id.utf8.index(after: mark)...]
      // Clients may send any id: only what can be a signature is passed on as one.
      if !text.isEmpty, text.utf8.allSatisfy(Self.isBase64) { signature = String(text) }
    }
  }

  /// The id of a call for the client.
  ///
  /// - Parameter generated: The id for a call to which Gemini gave none.
  static func text(own: String?, signature: String?, generated: @autoclosure () -> String) -> String
  {
    let id = own.flatMap { isUsable($0) ? prefix + $0 : nil } ?? generated()
    guard let signature, !signature.isEmpty else { return id }
    return "\(id)~\(signature)"
  }

  private static func isUsable(_ id: String) -> Bool {
    !id.isEmpty && !id.utf8.contains(separator)
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
