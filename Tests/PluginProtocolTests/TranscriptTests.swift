// SPDX-License-Identifier: Apache-2.0

import Foundation
import PluginProtocol
import Testing
import WireTranscripts

/// The golden transcripts in proto/transcripts: what any implementation can be tested with.
struct TranscriptTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../proto/transcripts").standardizedFileURL

  static func files() throws -> [String: String] {
    let urls = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    var files: [String: String] = [:]
    for url in urls where url.pathExtension == "txt" {
      files[url.deletingPathExtension().lastPathComponent] = try String(
        contentsOf: url, encoding: .utf8)
    }
    return files
  }

  /// `PATCHBAY_WRITE_TRANSCRIPTS=1 swift test --filter TranscriptTests` writes them anew.
  @Test func `the code writes the transcripts that are committed`() throws {
    let written = try GoldenTranscripts.all()
    if ProcessInfo.processInfo.environment["PATCHBAY_WRITE_TRANSCRIPTS"] != nil {
      for talk in written {
        let url = Self.folder.appending(path: talk.name + ".txt")
        try talk.text.write(to: url, atomically: true, encoding: .utf8)
      }
    }
    let committed = try Self.files()
    #expect(committed.keys.sorted() == written.map(\.name).sorted())
    for talk in written {
      #expect(committed[talk.name] == talk.text, "\(talk.name)")
      #expect(try Transcript(parsing: talk.text).entries == talk.entries, "\(talk.name)")
    }
  }

  @Test(arguments: [DataConnection.Role.host, .plugin])
  func `both machines understand the transcripts`(role: DataConnection.Role) throws {
    let files = try Self.files()
    #expect(!files.isEmpty)
    for (name, text) in files {
      var end = WireEnd(role: role)
      for entry in try Transcript(parsing: text).seen(by: role) {
        var bytes = entry.bytes[...]
        let frames = try end.decoder(entry.link).frames(in: &bytes)
        #expect(frames.count == 1 && bytes.isEmpty, "\(name): an entry is a frame")
        let isOwn = entry.direction.sender == role
        if isOwn, entry.violation != nil { continue }  // we never send such a frame
        for frame in frames {
          if isOwn {
            #expect(throws: Never.self, "\(name)") { try end.sent(entry.link, frame) }
            continue
          }
          var violation: String?
          if case .violation(let found) = end.received(entry.link, frame) {
            violation = found.rawValue
          }
          #expect(violation == entry.violation, "\(name)")
        }
      }
      #expect(end.owed.isEmpty, "\(name): all credit was given")
    }
  }

  @Test func `the example in the protocol's README is what it says`() throws {
    let page = try String(
      contentsOf: Self.folder.deletingLastPathComponent().appending(path: "README.md"),
      encoding: .utf8)
    let example = try #require(page.split(separator: "```").dropFirst().first)
    let transcript = try Transcript(parsing: String(example))
    let limits = ConnectionLimits()
    var host = WireEnd(role: .host, accepts: limits, peerAccepts: limits)
    var plugin = WireEnd(role: .plugin, accepts: limits, peerAccepts: limits)
    let decoder = FrameDecoder(maxFrame: limits.maxFrame, maxMeta: limits.maxMeta)
    let frames = try transcript.entries.map { entry in
      var bytes = entry.bytes[...]
      return try #require(try decoder.frames(in: &bytes).first)
    }
    #expect(frames.count == 2)
    try host.sent(.data, frames[0])
    let call = DataConnection.OnFrame.call(
      stream: 1, ordinal: 0, opens: true, last: true, more: false)
    #expect(plugin.received(.data, frames[0]) == .data(call))
    try plugin.sent(.data, frames[1])
    #expect(host.received(.data, frames[1]) == .data(.reply(stream: 1, more: false)))
    #expect(
      frames.map(\.messageText) == [
        "exchange: 7 generation: 3 incarnation: 12 instance: 1 phase: PHASE_REQUEST "
          + "budget_us: 5000000 request {path: \"/\"}",
        "exchange: 7 request_headers {action: SET name: \"x-hello\" value: \"world\"}",
      ])
  }

  /// What the peer's bytes mean, when they come in the given pieces.
  private func meanings(
    _ entries: [Transcript.Entry], _ role: DataConnection.Role, cut: (Int) -> [Range<Int>]
  ) throws -> [WireEnd.Meaning] {
    var end = WireEnd(role: role)
    var meanings: [WireEnd.Meaning] = []
    var rest = entries[...]
    while let first = rest.first {
      if first.direction.sender == role {
        var bytes = first.bytes[...]
        if first.violation == nil {
          for frame in try end.decoder(first.link).frames(in: &bytes) {
            try end.sent(first.link, frame)
          }
        }
        rest = rest.dropFirst()
        continue
      }
      // All that the peer says before we speak again may come in one read.
      let run = rest.prefix { $0.direction == first.direction && $0.link == first.link }
      rest = rest.dropFirst(run.count)
      let whole = run.flatMap(\.bytes)
      var pending: [UInt8] = []
      for range in cut(whole.count) {
        pending += whole[range]
        var bytes = pending[...]
        let frames = try end.decoder(first.link).frames(in: &bytes)
        pending = Array(bytes)
        for frame in frames { meanings.append(end.received(first.link, frame)) }
      }
      #expect(pending.isEmpty)
    }
    return meanings
  }

  @Test(arguments: [DataConnection.Role.host, .plugin])
  func `the bytes mean the same however they are cut`(role: DataConnection.Role) async throws {
    for (name, text) in try Self.files() {
      await Task.yield()  // other tests wait for events
      let entries = try Transcript(parsing: text).seen(by: role)
      let expected = try meanings(entries, role) { [0..<$0] }
      let longest = entries.map(\.bytes.count).max() ?? 0
      // Long frames are payload: there the cuts go through their first and last bytes.
      let isShort = longest < 1000
      for position in 0..<(isShort ? longest * 2 : 200) {
        for isFromEnd in isShort ? [false] : [false, true] {
          let found = try meanings(entries, role) { count in
            let cut = min(position, count)
            let middle = isFromEnd ? count - cut : cut
            return [0..<middle, middle..<count]
          }
          #expect(found == expected, "\(name) cut at \(position)")
        }
      }
      guard isShort else { continue }
      let single = try meanings(entries, role) { count in (0..<count).map { $0..<$0 + 1 } }
      #expect(single == expected, "\(name) byte by byte")
    }
  }
}
