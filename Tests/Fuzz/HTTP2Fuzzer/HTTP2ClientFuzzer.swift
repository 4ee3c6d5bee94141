// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import HostGateway
import HostHTTP
import NIOCore
import NIOEmbedded

/// What clients send over HTTP/2, with an upstream of HTTP/1.1 behind: whatever comes, the host says no more than it was
/// asked for, what it sends on is HTTP/1.1, and with the client every exchange ends.
package struct HTTP2ClientFuzzer: FuzzTarget {
  package static let name = "http2-clients"

  package private(set) var iterations = 0
  /// Requests that upstreams got.
  package private(set) var requests = 0
  package private(set) var broken = 0
  private let gateway: DrivenGateway
  private var seed: UInt64

  package init(seed: UInt64) throws {
    gateway = try DrivenConnections.gateway(speaksHTTP2: false)
    self.seed = seed
  }

  package var report: String {
    "\(iterations) connections, \(broken) of them refused, \(requests) requests"
  }

  package mutating func iterate() throws {
    guard try DrivenConnections.run(gateway, { try play($0) }) else {
      throw law("a connection is left in memory")
    }
    iterations += 1
    seed &+= 1
  }

  private mutating func play(_ connections: DrivenConnections) throws {
    var maker = FrameMaker(seed: seed)
    let client = try connections.connectClient("h2")
    var upstreams: [UpstreamReader] = []
    var answered = 0
    for piece in maker.pieces(Self.conversation(&maker)) {
      try client.receive(piece)
      connections.run()
      for (index, channel) in connections.upstreams.enumerated() {
        if index == upstreams.count { upstreams.append(UpstreamReader()) }
        let ended: Int
        do {
          ended = try upstreams[index].read(try channel.sent())
        } catch let refusal as HTTPRefusal {
          throw law("an upstream got what is no request: \(refusal)")
        }
        requests += ended
        guard ended > 0, maker.below(3) > 0 else { continue }
        try channel.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
      }
      connections.run()
      answered += try client.sent().readableBytes
    }
    guard answered < 1 << 20 else { throw law("\(answered) bytes were answered") }
    if !client.isActive { broken += 1 }
    if maker.below(2) == 0 { connections.stop() }
    try connections.end()
    guard connections.inFlight == 0 else { throw law("an exchange is left") }
  }

  private func law(_ law: String) -> BrokenLaw {
    BrokenLaw(target: Self.name, seed: seed, law: law)
  }

  private static func conversation(_ maker: inout FrameMaker) -> [UInt8] {
    var bytes = Frames.settings
    for index in 0..<1 + maker.below(8) {
      let stream = UInt8(index * 2 + 1)
      let hasBody = maker.below(2) == 0
      let line = [
        (":method", hasBody ? "POST" : ["GET", "HEAD", "OPTIONS"][maker.below(3)]),
        (":scheme", "http"), (":path", "/a"), (":authority", "a"),
      ]
      bytes += maker.headers(maker.section(line), stream: stream, ends: !hasBody)
      if hasBody {
        for _ in 0..<maker.below(3) { bytes += maker.data(stream: stream, ends: false) }
        if maker.below(4) == 0 {
          bytes += maker.headers(maker.section([("x-sum", "1")]), stream: stream, ends: true)
        } else if maker.below(4) > 0 {
          bytes += maker.data(stream: stream, ends: true)
        }
      }
      if maker.below(6) == 0 { bytes += maker.other(stream: stream) }
    }
    // Not the preface, which would only be another protocol.
    return Array(Frames.preface.utf8) + maker.changed(bytes)
  }
}

/// Reads what an upstream of HTTP/1.1 gets.
private struct UpstreamReader {
  private var decoder = RequestDecoder(limits: Self.limits)
  private var buffer = ByteBuffer()

  /// More than the gateway takes: it adds fields of its own.
  private static let limits: HeadLimits = {
    var limits = HeadLimits()
    limits.head *= 2
    limits.fields *= 2
    limits.target *= 2
    return limits
  }()

  /// How many requests have ended with these bytes.
  mutating func read(_ bytes: ByteBuffer) throws(HTTPRefusal) -> Int {
    var bytes = bytes
    buffer.writeBuffer(&bytes)
    var ended = 0
    while let event = try decoder.next(&buffer) {
      switch event {
      case .head(let head): if !head.hasBody { ended += 1 }
      case .body: break
      case .end: ended += 1
      }
    }
    return ended
  }
}
