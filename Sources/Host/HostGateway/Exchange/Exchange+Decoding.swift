// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

// A response that its upstream has compressed, when plugins look at its body: they, and the client, get it as it was before.
// Where nobody looks, it passes as it is.
extension Exchange {
  /// Bytes that come out at once.
  private static var piece: Int { 64 << 10 }
  /// Bytes that are decoded before other exchanges have their turn.
  private static var turn: Int { 1 << 20 }

  /// A body that is being decoded.
  final class Decoding {
    let decoder: ContentDecoder
    /// All of it is here, and what stood behind it.
    var end: Trailers?
    fileprivate var isRunning = false
    /// It goes on when others had their turn.
    fileprivate var isPutOff = false

    init(_ coding: ContentCoding) { decoder = ContentDecoder(coding) }

    /// Whether there is more to do before more of it is wanted.
    var isBusy: Bool { isPutOff || decoder.waitingBytes > 0 }
  }

  /// Whether a plugin of the chain sees the body of the response, or may still ask for it.
  private var watchesResponse: Bool {
    machine.plan.watchesResponse(subscribed: machine.subscribed) || wantsResponseCopy
  }

  /// Asks the upstream for no coding that cannot be undone here, when plugins look at the response's body.
  func limitEncodings(_ edits: inout HeaderEdits) {
    guard watchesResponse else { return }
    var values: [[UInt8]] = []
    if !edits.masks(.acceptEncoding) {
      request.head.fields.forEach { field, _, value in
        if field.known == .acceptEncoding { values.append(Array(value)) }
      }
    }
    edits.forEachAdded { name, value in
      guard name.equals(lowercase: "accept-encoding"), case .bytes(let bytes) = value else {
        return
      }
      values.append(Array(bytes))
    }
    guard !values.isEmpty else { return }
    edits.set("Accept-Encoding", ContentCoding.acceptable(among: values))
  }

  /// Takes out the steps that the response's head excludes, and decides whether its body is decoded.
  func startDecoding(_ head: ResponseHead) {
    // A part of what was compressed tells nothing.
    let coding = head.hasBody && head.status != 206 ? ContentCoding(of: head.fields) : nil
    // What comes out has no known length, and whoever wants bodies of some sizes only is asked.
    if coding != nil, watchesResponse { response.framing = .untilClose }
    if chain.isConditional { excludeByResponse() }
    guard let coding, watchesResponse else { return response.framing = head.framing }
    response.decoding = Decoding(coding)
    response.declaredLength = nil
    response.edits.describeDecoded(head.fields)
  }

  /// Takes bytes of the body; false: it is not one that is decoded.
  func decodes(_ bytes: ByteBuffer) -> Bool {
    guard let decoding = response.decoding else { return false }
    decoding.decoder.take(bytes)
    decodeMore()
    return true
  }

  /// Takes the body's end; false: it is not one that is decoded.
  func decodesEnd(_ trailers: Trailers) -> Bool {
    guard let decoding = response.decoding else { return false }
    decoding.end = trailers
    decodeMore()
    return true
  }

  /// Passes on what can be told of the body, as far as it is wanted by now.
  func decodeMore() {
    guard let decoding = response.decoding, !decoding.isRunning, !decoding.isPutOff else { return }
    decoding.isRunning = true
    defer { decoding.isRunning = false }
    let number = tryNumber
    var given = 0
    do {
      while number == tryNumber, response.decoding === decoding, !isBehind {
        guard given < Self.turn else { return putOff(decoding) }
        guard let piece = try decoding.decoder.next(atMost: Self.piece) else {
          guard let end = decoding.end else { return }
          try decoding.decoder.finish()
          response.decoding = nil
          return bodyFinished(end)
        }
        given += piece.readableBytes
        received(piece)
      }
    } catch {
      guard number == tryNumber else { return }
      abortUpstream()
      failed(UpstreamFailure(.upstreamInvalid, .answered, cause: error))
    }
  }

  private func putOff(_ decoding: Decoding) {
    decoding.isPutOff = true
    worker.loop.assumeIsolated().execute { [self] in
      decoding.isPutOff = false
      guard response.decoding === decoding else { return }
      decodeMore()
      adjustFlow()
    }
  }
}
