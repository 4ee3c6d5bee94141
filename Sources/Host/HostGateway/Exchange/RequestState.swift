// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import HostTLS
import NIOCore

/// The request of an exchange: what the client sent, and what plugins made of it.
struct RequestState {
  let head: RequestHead
  let route: RouteChoice?
  /// Of the client, as far as trusted proxies tell it, and of who connected.
  let clientAddress: String
  let peerAddress: String
  let isFromTrusted: Bool
  /// That the client connected to.
  let port: Int
  /// Of HTTP, as `Via` names it.
  let protocolVersion: String
  let isSecure: Bool
  /// What the client's TLS connection agreed on.
  let tls: TLSHandshakeCompleted?
  var edits = HeaderEdits()
  var method: [UInt8]?
  /// Path and query for the upstream, in place of the client's.
  var path: [UInt8]?
  var query: [QueryEdit] = []
  var origin: Origin?
  /// The credentials that a plugin wants it to leave with.
  var authorization: Authorization?
  /// The body as far as it is here; whole when `isComplete`.
  var body = RequestBody()
  var isComplete: Bool
  /// The body is held whole, because plugins want to see it or may ask for another try.
  var isHeld = false
  /// Some of the body has gone on to an upstream and is not here any more: there can be no other try.
  private(set) var isGone = false
  /// It goes on to the upstream as it comes.
  private var isPassedOn = false
  /// Behind a body that is not held whole.
  var trailers = Trailers()
  /// Bytes of the body that have come from the client.
  var received = 0

  init(head: RequestHead, route: RouteChoice?, client: any ExchangeClient) {
    self.head = head
    self.route = route
    clientAddress = client.peer.address(of: head)
    peerAddress = client.peer.directText
    isFromTrusted = client.peer.isTrusted
    port = client.peer.port
    protocolVersion = head.isOldVersion ? "1.0" : client.protocolVersion
    isSecure = client.facts.isSecure
    tls = client.facts.tls
    isComplete = !head.hasBody
  }
}

// A body that goes on as it comes is kept beside that, so that it can be sent once more.
extension RequestState {
  /// Keeps bytes of the body.
  mutating func keep(_ bytes: ByteBuffer) {
    if body.bytes.readableBytes == 0 {
      body.bytes = bytes
    } else {
      body.bytes.writeImmutableBuffer(bytes)
    }
  }

  /// What is here of the body has gone on to an upstream, and the rest will as it comes.
  ///
  /// - Parameter limit: bytes that are kept at most. Of a body that is larger nothing is.
  mutating func passesOn(keeping limit: Int) {
    isHeld = false
    isPassedOn = true
    if body.bytes.readableBytes > limit { letGo() }
  }

  /// More of the body goes on to an upstream.
  mutating func passesOn(_ bytes: ByteBuffer, keeping limit: Int) {
    guard !isGone, bytes.readableBytes > 0 else { return }
    if body.bytes.readableBytes + bytes.readableBytes > limit { letGo() } else { keep(bytes) }
  }

  /// The upstream has answered: there will be no other try.
  mutating func answered() { if isPassedOn { letGo() } }

  private mutating func letGo() {
    isGone = true
    body.bytes = ByteBuffer()
  }
}

/// A change of a query parameter.
struct QueryEdit {
  enum Value {
    case remove
    case bytes([UInt8])
    case secret(String)
  }

  var name: [UInt8]
  var value: Value
  var onlyIfAbsent: Bool
}

/// A body that is held, and the places at which secrets are to be filled in when it leaves.
struct RequestBody {
  /// Where a secret goes, in the coordinates of `bytes`.
  struct SecretPlace: Equatable {
    var offset: Int
    var handle: String
    /// Escaped for the inside of a JSON string.
    var isJSON: Bool
  }

  var bytes = ByteBuffer()
  private(set) var secrets: [SecretPlace] = []
  /// Where the client's credential stands, in the coordinates of `bytes`.
  private(set) var concealed: [Range<Int>] = []

  /// Applies a reply's edits. Places of earlier secrets move with the bytes around them; one whose place is deleted
  /// is gone.
  mutating func apply(
    _ splices: [BodySplice], secrets added: [(splice: Int, handle: String, isJSON: Bool)]
  ) throws(BodySplice.Refusal) {
    guard !splices.isEmpty else { return }
    let edited = try BodySplice.apply(splices, to: bytes)
    var moved: [SecretPlace] = []
    for place in secrets {
      var shift = 0
      var isGone = false
      for splice in splices where splice.offset <= place.offset {
        if splice.offset + splice.delete > place.offset { isGone = true }
        shift += splice.insert.readableBytes - splice.delete
      }
      if !isGone {
        moved.append(
          SecretPlace(offset: place.offset + shift, handle: place.handle, isJSON: place.isJSON))
      }
    }
    var shift = 0
    for (index, splice) in splices.enumerated() {
      for secret in added where secret.splice == index {
        moved.append(
          SecretPlace(
            offset: splice.offset + shift, handle: secret.handle, isJSON: secret.isJSON))
      }
      shift += splice.insert.readableBytes - splice.delete
    }
    bytes = edited
    secrets = moved.sorted { $0.offset < $1.offset }
    concealed = concealed.compactMap { $0.moved(by: splices) }
  }

  /// Notes that a credential stands in the body; false: the body has no such bytes.
  mutating func conceal(_ offset: Int, _ length: Int) -> Bool {
    guard offset >= 0, length >= 0, offset <= bytes.readableBytes,
      length <= bytes.readableBytes - offset
    else { return false }
    concealed.append(offset..<offset + length)
    concealed.sort { $0.lowerBound < $1.lowerBound }
    return true
  }

  /// The bytes as those see them who write logs.
  var shownWhenComplete: ByteBuffer {
    guard !concealed.isEmpty else { return bytes }
    var result = ByteBuffer()
    var position = 0
    for range in concealed where range.upperBound > position {
      let start = max(position, range.lowerBound)
      if let slice = bytes.getSlice(at: bytes.readerIndex + position, length: start - position) {
        result.writeImmutableBuffer(slice)
      }
      result.writeBytes(Concealment.placeholder)
      position = range.upperBound
    }
    if let slice = bytes.getSlice(
      at: bytes.readerIndex + position, length: bytes.readableBytes - position)
    {
      result.writeImmutableBuffer(slice)
    }
    return result
  }

  /// The bytes with the secrets' values, for an upstream only.
  func revealed(_ value: (String) -> [UInt8]?) -> ByteBuffer {
    guard !secrets.isEmpty else { return bytes }
    var result = ByteBuffer()
    var position = 0
    for place in secrets {
      if let slice = bytes.getSlice(
        at: bytes.readerIndex + position, length: place.offset - position)
      {
        result.writeImmutableBuffer(slice)
      }
      position = place.offset
      guard let secret = value(place.handle) else { continue }
      if place.isJSON { result.writeJSONEscaped(secret) } else { result.writeBytes(secret) }
    }
    if let slice = bytes.getSlice(
      at: bytes.readerIndex + position, length: bytes.readableBytes - position)
    {
      result.writeImmutableBuffer(slice)
    }
    return result
  }
}

extension Range<Int> {
  /// Where the range is after the edits; what is put into its place belongs to it. Nil: it is gone.
  fileprivate func moved(by splices: [BodySplice]) -> Range<Int>? {
    var (start, end) = (lowerBound, upperBound)
    var shift = 0
    for splice in splices {
      let (first, last) = (splice.offset, splice.offset + splice.delete)
      let change = splice.insert.readableBytes - splice.delete
      if first <= lowerBound, last >= upperBound, !isEmpty { return nil }
      if last <= lowerBound {
        start += change
      } else if first < lowerBound {
        start = first + shift
      }
      if last <= upperBound {
        end += change
      } else if first < upperBound {
        end = first + shift + splice.insert.readableBytes
      }
      shift += change
    }
    return start < end ? start..<end : nil
  }
}

extension ByteBuffer {
  /// Text as it stands inside of a JSON string (RFC 8259, 7).
  mutating func writeJSONEscaped(_ text: some Sequence<UInt8>) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""): writeStaticString("\\\"")
      case UInt8(ascii: "\\"): writeStaticString("\\\\")
      case 0x0A: writeStaticString("\\n")
      case 0x0D: writeStaticString("\\r")
      case 0x09: writeStaticString("\\t")
      case 0..<0x20:
        writeStaticString("\\u00")
        writeInteger(Self.hexadecimalDigit(byte >> 4))
        writeInteger(Self.hexadecimalDigit(byte & 15))
      default: writeInteger(byte)
      }
    }
  }

  private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + 0x30 : value + 0x57
  }
}
