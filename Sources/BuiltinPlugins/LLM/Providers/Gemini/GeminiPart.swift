// SPDX-License-Identifier: Apache-2.0

/// One part of a turn, in Gemini's kinds.
enum GeminiPart {
  case text(String)
  /// Bytes in base64.
  case data(mimeType: String, base64: Substring)
  /// Bytes that Google fetches itself. Only Vertex insists on the type.
  case file(uri: String, mimeType: String?)
  case call(GeminiCall)
  case result(GeminiResult)
}

/// A call of a function by the model.
struct GeminiCall {
  /// What the client calls it.
  var id: String
  /// Gemini's own id, where it gave one.
  var own: String?
  var name: String
  var arguments: JSONText
  /// The signature of the thought behind the call, which Gemini wants back.
  var signature: String?

  /// Google's word for a call that another model made.
  static let unsigned = "skip_thought_signature_validator"
}

/// The result of a call.
struct GeminiResult {
  /// What the client calls the call.
  var id: String
  var name: String
  /// A JSON object.
  var response: JSONText
}

extension GeminiCall {
  /// A call that a client sends back.
  init(_ call: ToolCall) {
    id = call.id ?? ""
    let parts = GeminiCallID(id)
    own = parts.own
    signature = parts.signature
    name = call.name
    // A model's words may be broken; Gemini takes only an object.
    arguments =
      JSONText(objectIn: call.arguments)
      ?? JSONText {
        $0.object { if !call.arguments.isEmpty { $0.member("arguments", call.arguments) } }
      }
  }
}

extension GeminiResult {
  /// What a tool said as the object that Gemini wants: itself if it is one, else as `output`.
  static func response(to text: String) -> JSONText {
    JSONText(objectIn: text) ?? JSONText { $0.object { $0.member("output", text) } }
  }

  /// Gemini's own id of the call, where it gave one.
  var own: String? { GeminiCallID(id).own }
}

extension JSONText {
  /// The text, if it is one JSON object.
  fileprivate init?(objectIn text: String) {
    guard text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return nil }
    let bytes = Array(text.utf8)
    guard (try? JSONNode.validated(in: bytes.span.bytes)) != nil else { return nil }
    self.init(unchecked: bytes)
  }
}

extension JSONWriter {
  mutating func part(_ part: GeminiPart) {
    object {
      switch part {
      case .text(let text): $0.member("text", text)
      case .data(let mimeType, let base64):
        $0.key("inlineData")
        $0.object {
          $0.member("mimeType", mimeType)
          $0.member("data", String(base64))
        }
      case .file(let uri, let mimeType):
        $0.key("fileData")
        $0.object {
          $0.member("mimeType", mimeType)
          $0.member("fileUri", uri)
        }
      case .call(let call):
        $0.key("functionCall")
        $0.object {
          $0.member("id", call.own)
          $0.member("name", call.name)
          $0.member("args", call.arguments)
        }
        $0.member("thoughtSignature", call.signature)
      case .result(let result):
        $0.key("functionResponse")
        $0.object {
          $0.member("id", result.own)
          $0.member("name", result.name)
          $0.member("response", result.response)
        }
      }
    }
  }
}
