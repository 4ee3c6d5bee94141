// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import NIOEmbedded
import NIOHTTP1

/// What NIOHTTP1's decoder, which is llhttp, says of the same bytes, in the form of a transcript.
struct Oracle {
  var messages: [Transcript.Message] = []
  var error: HTTPParserError?
  private(set) var text: [UInt8]

  init(requests text: [UInt8]) {
    self.text = text
    let channel = EmbeddedChannel(
      handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
    run(channel, text) { [self] in
      var copy = self
      while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
        switch part {
        case .head(let head):
          copy.begin("\(head.method.rawValue) \(head.uri) \(Self.name(head.version))", head.headers)
        case .body(let data): copy.messages[copy.messages.count - 1].body += data.readableBytesView
        case .end(let trailers): copy.end(trailers)
        }
      }
      return copy
    }
  }

  init(response text: [UInt8], toHead: Bool) {
    self.text = text
    let channel = EmbeddedChannel(
      handler: ByteToMessageHandler(
        HTTPResponseDecoder(
          leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)))
    let asked = HTTPRequestHead(version: .http1_1, method: toHead ? .HEAD : .GET, uri: "/")
    channel.write(HTTPClientRequestPart.head(asked), promise: nil)
    run(channel, text) { [self] in
      var copy = self
      while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
        switch part {
        case .head(let head):
          copy.begin(
            "\(head.status.code) \(Self.name(head.version))", head.headers)
        case .body(let data): copy.messages[copy.messages.count - 1].body += data.readableBytesView
        case .end(let trailers): copy.end(trailers)
        }
      }
      return copy
    }
  }

  private mutating func run(
    _ channel: EmbeddedChannel, _ text: [UInt8], _ collect: () throws -> Oracle
  ) {
    var failure: (any Error)?
    do { try channel.writeInbound(ByteBuffer(bytes: text)) } catch { failure = error }
    do { self = try collect() } catch { failure = failure ?? error }
    error = failure as? HTTPParserError
    // What is left at the end of the connection is for the transcript's own end of file.
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }

  private mutating func begin(_ start: String, _ headers: HTTPHeaders) {
    messages.append(.init(start: start, fields: Self.list(headers), framing: .none))
  }

  private mutating func end(_ trailers: HTTPHeaders?) {
    messages[messages.count - 1].trailers = trailers.map(Self.list) ?? []
  }

  private static func list(_ headers: HTTPHeaders) -> [Field] {
    headers.map { name, value in
      let blank = value.utf8.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count
      return Field(name: name, value: String(value.dropLast(blank)))
    }
  }

  private static func name(_ version: NIOHTTP1.HTTPVersion) -> String {
    version == .http1_0 ? "http10" : version == .http1_1 ? "http11" : "\(version)"
  }
}
