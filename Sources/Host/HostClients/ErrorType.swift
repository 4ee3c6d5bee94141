// SPDX-License-Identifier: Apache-2.0

/// A media type in which the host can say what is wrong.
package enum ErrorType: String, Sendable, CaseIterable {
  case json = "application/json"
  case xml = "application/xml"
  case html = "text/html"
  case plain = "text/plain"
}

extension ErrorType {
  /// The type that a client gets, by Kong's rules: of what it accepts the one that it likes best, and JSON where that is
  /// none of ours; without `Accept` what it sends itself; else the default.
  package static func chosen(
    accept: (some Collection<UInt8>)?, contentType: (some Collection<UInt8>)?,
    standard: ErrorType
  ) -> ErrorType {
    if let accept { return best(of: accept) }
    return contentType.map { type(of: $0.prefix { $0 != UInt8(ascii: ";") }) } ?? standard
  }

  /// Of the same quality, the first.
  private static func best(of accept: some Collection<UInt8>) -> ErrorType {
    var best = (type: ErrorType.json, quality: 0)
    // Nobody lists more than a few, and who lists thousands is not worth the time.
    for range in accept.prefix(1024).split(separator: UInt8(ascii: ",")) {
      let parts = range.split(separator: UInt8(ascii: ";"))
      guard let name = parts.first else { continue }
      var quality = 1000
      for parameter in parts.dropFirst() {
        if let value = Self.quality(parameter) { quality = value }
      }
      if quality > best.quality { best = (type(of: name), quality) }
    }
    return best.type
  }

  private static func type(of name: some Collection<UInt8>) -> ErrorType {
    switch String(decoding: name, as: UTF8.self).filter({ $0 != " " && $0 != "\t" }).lowercased() {
    case "text/html", "text/*": .html
    case "text/plain": .plain
    case "application/xml": .xml
    default: .json
    }
  }

  /// `q=0.7` in thousandths; nil: it is another parameter.
  private static func quality(_ parameter: some Collection<UInt8>) -> Int? {
    let text = String(decoding: parameter, as: UTF8.self).filter { $0 != " " && $0 != "\t" }
    guard text.lowercased().hasPrefix("q="), let value = Double(text.dropFirst(2)),
      (0...1).contains(value)
    else { return nil }
    return Int(value * 1000)
  }
}

extension ErrorType {
  /// As `Content-Type` says it.
  package var contentType: String { "\(rawValue); charset=utf-8" }

  /// The message in Kong's words around it.
  ///
  /// - Parameters:
  ///   - message: without a character that means something in any of the types.
  ///   - requestID: likewise.
  package func body(_ message: String, requestID: String) -> String {
    switch self {
    case .json: #"{"message":"\#(message)","request_id":"\#(requestID)"}"#
    case .xml:
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <error>
        <message>\(message)</message>
        <requestid>\(requestID)</requestid>
      </error>

      """
    case .html:
      """
      <!doctype html>
      <html>
        <head>
          <meta charset="utf-8">
          <title>Error</title>
        </head>
        <body>
          <h1>Error</h1>
          <p>\(message).</p>
          <p>request_id: \(requestID)</p>
        </body>
      </html>

      """
    case .plain: "\(message)\nrequest_id: \(requestID)\n"
    }
  }
}
