// SPDX-License-Identifier: Apache-2.0

import HTTP2Fuzzer
import NIOCore
import Testing

@testable import HostGateway

/// What is put into a client's channel, by the negotiated protocol or by the first bytes. No route is known, so that every
/// request is answered with 404.
struct ClientPipelineTests {
  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test func `a negotiated h2 is spoken from the first byte`() throws {
    let channel = try ClientChannel("h2")
    #expect(Frames.kinds(try channel.answer()).first == [4, 0])
    try channel.receive(Array(Frames.preface.utf8) + Frames.settings + Frames.headers)
    let frames = Frames.kinds(try channel.answer())
    #expect(frames.contains([1, 1]))
    #expect(frames.contains([0, 1]))
  }

  @Test(arguments: ["http/1.1", "", nil])
  func `what is not h2 is HTTP/1.1`(_ negotiated: String?) throws {
    let channel = try ClientChannel(negotiated)
    try channel.receive(Array(Self.request.utf8))
    #expect(String(decoding: try channel.answer(), as: UTF8.self).hasPrefix("HTTP/1.1 404 "))
  }

  @Test func `nothing is said before it is known who is there`() throws {
    let channel = try ClientChannel(nil)
    #expect(try channel.answer().isEmpty)
    let bytes = Array(Frames.preface.utf8) + Frames.settings + Frames.headers
    for (index, byte) in bytes.enumerated() {
      try channel.receive([byte])
      if index < Frames.preface.utf8.count - 1 { #expect(try channel.answer().isEmpty) }
    }
    #expect(Frames.kinds(try channel.answer()).contains([1, 1]))
  }

  @Test func `a preface is told from every other beginning`() {
    for count in 1..<Frames.preface.utf8.count {
      let prefix = Frames.preface.utf8.prefix(count)
      #expect(ProtocolDetector.isPreface(ByteBuffer(bytes: prefix)) == nil)
      #expect(ProtocolDetector.isPreface(ByteBuffer(bytes: prefix.dropLast() + [0])) == false)
    }
    #expect(ProtocolDetector.isPreface(ByteBuffer(string: Frames.preface)) == true)
    #expect(ProtocolDetector.isPreface(ByteBuffer(string: Frames.preface + "more")) == true)
    #expect(ProtocolDetector.isPreface(ByteBuffer(string: Self.request)) == false)
  }
}
