// SPDX-License-Identifier: Apache-2.0

/// A block of content that has a format and bytes: an image, a document or a sound. Converse fetches nothing, so that the
/// bytes must be in the request.
struct ConverseMedia {
  /// The block's name.
  let kind: String
  /// A document's name, unique in the conversation.
  private(set) var name: String?
  private var format = ""
  /// Base64, or the text of a block of text.
  private var content: Substring

  /// A text, where a list has it among other blocks.
  init(text: String) {
    kind = "text"
    content = text[...]
  }

  /// Nil: Converse cannot take it.
  ///
  /// - Parameter isTaken: Whether another document has a name.
  init?(_ part: ContentPart, isTaken: (String) -> Bool) {
    switch part {
    case .image(let url, _):
      guard let (type, data) = Self.data(of: url), let format = Self.images[type] else {
        return nil
      }
      kind = "image"
      self.format = format
      content = data
    case .audio(let data, let format):
      guard Self.sounds.contains(format) else { return nil }
      kind = "audio"
      self.format = format
      content = data[...]
    case .file(let file):
      guard let (type, data) = file.data.flatMap({ Self.data(of: $0) }) else { return nil }
      guard let format = Self.documents[type] ?? Self.documentEnding(of: file.name) else {
        return nil
      }
      kind = "document"
      self.format = format
      content = data
      name = Self.documentName(file.name, isTaken: isTaken)
    case .text, .refusal, .other: return nil
    }
  }

  /// What stands behind the block's name.
  func write(to writer: inout JSONWriter) {
    guard kind != "text" else { return writer.string(String(content)) }
    writer.object {
      $0.member("format", format)
      $0.member("name", name)
      $0.key("source")
      $0.object { $0.member("bytes", String(content)) }
    }
  }

  private static let images = [
    "image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif",
    "image/webp": "webp",
  ]

  private static let documents = [
    "application/pdf": "pdf", "text/csv": "csv", "text/html": "html", "text/plain": "txt",
    "text/markdown": "md", "application/msword": "doc", "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  ]

  private static let sounds = [
    "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga",
    "pcm", "webm",
  ]

  /// The media type in lower case, without parameters, and the base64 of an address that holds its data.
  private static func data(of url: String) -> (type: String, data: Substring)? {
    guard url.utf8.prefix(5).elementsEqual("data:".utf8),
      let comma = url.utf8.firstIndex(of: UInt8(ascii: ","))
    else { return nil }
    let head = url[..<comma].dropFirst(5).lowercased()
    guard head.hasSuffix(";base64") else { return nil }
    let data = url[url.utf8.index(after: comma)...]
    return data.isEmpty ? nil : (String(head.prefix { $0 != ";" }), data)
  }

  private static func documentEnding(of name: String?) -> String? {
    guard let name, let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    return documents.values.first { $0 == ending }
  }

  /// A file's name as Converse takes it: without its ending, and of letters, digits, single spaces, hyphens, parentheses
  /// and brackets. Two documents of one name would be refused.
  private static func documentName(_ file: String?, isTaken: (String) -> Bool) -> String {
    let whole = file ?? ""
    let stem = whole.lastIndex(of: ".").map { whole[..<$0] } ?? whole[...]
    var bytes: [UInt8] = []
    for byte in stem.utf8.prefix(180) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "("),
        UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"):
        bytes.append(byte)
      default:
        if let last = bytes.last, last != UInt8(ascii: " ") { bytes.append(UInt8(ascii: " ")) }
      }
    }
    if bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    let base = bytes.isEmpty ? "document" : String(decoding: bytes, as: UTF8.self)
    var name = base
    var number = 2
    while isTaken(name) {
      name = "\(base) (\(number))"
      number += 1
    }
    return name
  }
}
