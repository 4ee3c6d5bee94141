// SPDX-License-Identifier: Apache-2.0

/// Where an image or a document is.
enum AnthropicSource: Equatable, Sendable {
  /// In the request, in base64.
  case base64(mediaType: String, Substring)
  /// Where the provider finds it.
  case url(String)
  /// With the provider, uploaded before.
  case file(id: String)

  private static let imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"]

  /// An image by its address; nil if the API has no way to take it.
  init?(image url: String) {
    if Self.isRemote(url) {
      self = .url(url)
      return
    }
    guard let (type, data) = Self.data(of: url) else { return nil }
    let mediaType = type == "image/jpg" ? "image/jpeg" : type
    guard Self.imageTypes.contains(mediaType) else { return nil }
    self = .base64(mediaType: mediaType, data)
  }

  /// A document: a PDF here or elsewhere, or an uploaded file.
  init?(_ file: ContentPart.File) {
    if let id = file.id {
      self = .file(id: id)
    } else if let data = file.data {
      if Self.isRemote(data) {
        self = .url(data)
      } else if let (type, data) = Self.data(of: data) {
        guard type == "application/pdf" else { return nil }
        self = .base64(mediaType: type, data)
      } else if data.hasPrefix("JVBERi0") {
        // `%PDF-` in base64, as some clients send it: without the address around it.
        self = .base64(mediaType: "application/pdf", data[...])
      } else {
        return nil
      }
    } else {
      return nil
    }
  }

  /// Writes a block with the source.
  func write(_ type: String, title: String? = nil, to writer: inout JSONWriter) {
    writer.object {
      $0.member("type", type)
      $0.key("source")
      $0.object {
        switch self {
        case .base64(let mediaType, let data):
          $0.member("type", "base64")
          $0.member("media_type", mediaType)
          $0.member("data", String(data))
        case .url(let url):
          $0.member("type", "url")
          $0.member("url", url)
        case .file(let id):
          $0.member("type", "file")
          $0.member("file_id", id)
        }
      }
      $0.member("title", title)
    }
  }

  private static func isRemote(_ url: String) -> Bool {
    url.hasPrefix("https://") || url.hasPrefix("http://")
  }

  /// Media type and base64 of a `data:` address; nil for other addresses and other codings.
  private static func data(of url: String) -> (String, Substring)? {
    guard url.hasPrefix("data:"), let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else {
      return nil
    }
    let head = url[..<comma].dropFirst(5)
    guard head.hasSuffix(";base64") else { return nil }
    let type = head.prefix { $0 != ";" }.lowercased()
    return (type, url[url.utf8.index(after: comma)...])
  }
}
