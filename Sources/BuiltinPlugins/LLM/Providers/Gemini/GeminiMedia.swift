// SPDX-License-Identifier: Apache-2.0

extension GeminiPart {
  /// A part of a client's message; nil if it says nothing or Gemini cannot take it, which is noted.
  init?(
    _ part: ContentPart, _ place: MessagePlace, isVertex: Bool, _ notes: inout Unsupported
  ) throws(RequestProblem) {
    switch part {
    case .text(let text), .refusal(let text):
      // Gemini refuses empty texts.
      if text.isEmpty { return nil }
      self = .text(text)
    case .image(let url, let detail):
      if let detail, detail != "auto" { notes.note(place.member("image_url.detail")) }
      self = try .init(
        url, place.member("image_url.url"), unknown: "image/jpeg", isVertex: isVertex)
    case .audio(let data, let format):
      self = .data(mimeType: "audio/\(format.isEmpty ? "wav" : format)", base64: data[...])
    case .file(let file):
      if let data = file.data {
        let type = file.name.flatMap { MIMEType.of($0) }
        self = try .init(data, place.member("file.file_data"), unknown: type, isVertex: isVertex)
      } else if let id = file.id, let uri = Self.address(ofFile: id) {
        self = try .init(uri, place.member("file.file_id"), unknown: nil, isVertex: isVertex)
      } else {
        notes.note(place.member("file"))
        return nil
      }
    case .other:
      notes.note(place.text)
      return nil
    }
  }

  /// What is behind an address: with a data address the bytes are there, all others Google fetches.
  private init(
    _ url: String, _ place: String, unknown: String?, isVertex: Bool
  ) throws(RequestProblem) {
    guard url.hasPrefix("data:") else {
      // Vertex refuses an address without a type.
      let type = MIMEType.of(url) ?? (isVertex ? unknown : nil)
      self = .file(uri: url, mimeType: type)
      return
    }
    guard let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else {
      throw RequestProblem(
        message: "\(place): a data URL has a comma before its data", parameter: place)
    }
    let head = url[..<comma].dropFirst("data:".count)
    guard head.hasSuffix(";base64") else {
      throw RequestProblem(message: "\(place): a data URL must be in base64", parameter: place)
    }
    let type = head.prefix { $0 != ";" }
    guard !type.isEmpty || unknown != nil else {
      throw RequestProblem(
        message: "\(place): a data URL must name its media type", parameter: place)
    }
    self = .data(
      mimeType: type.isEmpty ? unknown ?? "" : String(type),
      base64: url[url.utf8.index(after: comma)...])
  }

  /// The address of a file that was uploaded to Google, which is known by `files/…` or by an address.
  private static func address(ofFile id: String) -> String? {
    if id.hasPrefix("files/") { return "https://generativelanguage.googleapis.com/v1beta/\(id)" }
    return id.hasPrefix("https://") || id.hasPrefix("gs://") ? id : nil
  }
}

/// The media types that Gemini takes, by the endings of names.
enum MIMEType {
  /// The type by the ending of a file's name or an address's path; nil if it says nothing.
  static func of(_ name: String) -> String? {
    let path = name.prefix { $0 != "?" && $0 != "#" }
    let last = path.split(separator: "/").last ?? path
    guard let dot = last.lastIndex(of: ".") else { return nil }
    return types[last[last.index(after: dot)...].lowercased()]
  }

  private static let types = [
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp",
    "gif": "image/gif", "heic": "image/heic", "heif": "image/heif", "avif": "image/avif",
    "bmp": "image/bmp", "pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown",
    "html": "text/html", "csv": "text/csv", "xml": "text/xml", "json": "application/json",
    "wav": "audio/wav", "mp3": "audio/mp3", "aiff": "audio/aiff", "aac": "audio/aac",
    "ogg": "audio/ogg", "flac": "audio/flac", "mp4": "video/mp4", "mpeg": "video/mpeg",
    "mov": "video/mov", "webm": "video/webm", "avi": "video/avi", "3gp": "video/3gpp",
  ]
}
