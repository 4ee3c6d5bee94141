// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import HostGateway
import HostHTTP
import NIOCore
import NIOEmbedded

/// What upstreams send over HTTP/2, to clients of HTTP/1.1: whatever comes, clients get responses and nothing that is none,
/// and with the connections every exchange ends.
package struct HTTP2UpstreamFuzzer: FuzzTarget {
  package static let name = "http2-upstreams"

  package private(set) var iterations = 0
  /// Heads of responses that clients got, by status.
  package private(set) var statuses: [Int: Int] = [:]
  private let gateway: DrivenGateway
  private var seed: UInt64

  package init(seed: UInt64) throws {
    gateway = try DrivenConnections.gateway(speaksHTTP2: true)
    self.seed = seed
  }

  package var report: String {
    let counts = statuses.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
    return "\(iterations) upstreams, responses: \(counts.joined(separator: ", "))"
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
    var readers: [ClientReader] = []
    for _ in 0..<1 + maker.below(3) {
      let method = ["GET", "HEAD", "POST", "PUT"][maker.below(4)]
      let body = method.hasPrefix("P") ? ["", "hello", "hel"][maker.below(3)] : nil
      readers.append(ClientReader(isHead: method == "HEAD"))
      let client = try connections.connectClient("http/1.1")
      try client.receive(
        ("\(method) /a HTTP/1.1\r\nHost: a\r\n"
          + (body.map { "Content-Length: 5\r\n\r\n\($0)" } ?? "\r\n")).utf8)
    }
    connections.run()
    var index = 0
    // Those that are made for further tries are spoken on too.
    while index < connections.upstreams.count {
      let upstream = connections.upstreams[index]
      index += 1
      for piece in maker.pieces(Self.conversation(&maker)) {
        try upstream.receive(piece)
        connections.run()
        guard try upstream.sent().readableBytes < 1 << 20 else {
          throw law("too much is answered")
        }
        try read(connections, &readers)
      }
    }
    if maker.below(2) == 0 { connections.stop() }
    if maker.below(2) == 0 {
      for upstream in connections.upstreams { upstream.close(promise: nil) }
      connections.run()
      try read(connections, &readers)
    }
    try connections.end()
    guard connections.inFlight == 0 else { throw law("an exchange is left") }
  }

  private mutating func read(
    _ connections: DrivenConnections, _ readers: inout [ClientReader]
  ) throws {
    for (index, client) in connections.clients.enumerated() {
      do {
        for status in try readers[index].read(try client.sent()) {
          statuses[status, default: 0] += 1
        }
      } catch let refusal as HTTPRefusal {
        throw law("a client got what is no response: \(refusal)")
      }
      guard readers[index].rest == 0 || !readers[index].isOver else {
        throw law("a client got more than a response")
      }
    }
  }

  private func law(_ law: String) -> BrokenLaw {
    BrokenLaw(target: Self.name, seed: seed, law: law)
  }

  private static func conversation(_ maker: inout FrameMaker) -> [UInt8] {
    var bytes = Frames.settings
    for index in 0..<1 + maker.below(4) {
      let stream = UInt8(index * 2 + 1)
      if maker.below(6) == 0 {
        bytes += maker.headers(maker.section([(":status", "103")]), stream: stream, ends: false)
      }
      let status = ["200", "204", "304", "500", "101", "100", "99", "x", "1000"]
      let line = [(":status", status[maker.below(3) > 0 ? 0 : maker.below(status.count)])]
      let hasBody = maker.below(3) > 0
      bytes += maker.headers(maker.section(line), stream: stream, ends: !hasBody)
      if hasBody {
        for _ in 0..<maker.below(4) { bytes += maker.data(stream: stream, ends: false) }
        if maker.below(4) == 0 {
          bytes += maker.headers(maker.section([("x-sum", "1")]), stream: stream, ends: true)
        } else if maker.below(4) > 0 {
          bytes += maker.data(stream: stream, ends: true)
        }
      }
      if maker.below(6) == 0 { bytes += maker.other(stream: stream) }
    }
    return maker.changed(bytes)
  }
}

/// Reads what a client of HTTP/1.1 gets for its one request.
private struct ClientReader {
  private var decoder = ResponseDecoder()
  private var buffer = ByteBuffer()
  /// The response is complete.
  private(set) var isOver = false

  init(isHead: Bool) { decoder.requestSent(isHead: isHead) }

  /// Bytes that are not read yet.
  var rest: Int { buffer.readableBytes }

  /// The statuses of the heads in these bytes.
  mutating func read(_ bytes: ByteBuffer) throws(HTTPRefusal) -> [Int] {
    var bytes = bytes
    buffer.writeBuffer(&bytes)
    var statuses: [Int] = []
    while !isOver, let event = try decoder.next(&buffer) {
      switch event {
      case .head(let head):
        statuses.append(head.status)
        isOver = !head.hasBody
      case .informational(let head): statuses.append(head.status)
      case .body: break
      case .end: isOver = true
      }
    }
    return statuses
  }
}
