// SPDX-License-Identifier: Apache-2.0

import CPCRE2
import Synchronization

/// A route's regular expression, compiled once and matched by PCRE2's JIT.
///
/// Users write these and clients choose what they run on, so matching has a limit.
package final class RoutePattern: Sendable {
  /// What an expression is matched with.
  package enum Subject: Sendable {
    /// It must match from the first byte on, as Kong's do.
    case path
    /// It may match anywhere.
    case headerValue
  }

  /// Backtracking steps of one match.
  private static let matchLimit: UInt32 = 100_000

  // Unchecked by the compiler, but compiled code is immutable and PCRE2 lets threads share it.
  private nonisolated(unsafe) let code: OpaquePointer
  private nonisolated(unsafe) let context: OpaquePointer
  /// Named groups and their numbers.
  package let names: [(name: [UInt8], group: Int)]
  /// What every path that it matches begins with.
  let literalPrefix: [UInt8]
  /// Kept between matches, so that they need not allocate; a match that finds it taken makes its own.
  private let spare = Atomic<UInt>(0)

  private let exhaustedMatches = Atomic<Int>(0)

  /// Matches that were given up at the limit.
  package var exhausted: Int { exhaustedMatches.load(ordering: .relaxed) }

  /// Why an expression cannot be compiled.
  package struct Invalid: Error, Equatable {
    package let message: String
    package let offset: Int
  }

  package init(_ expression: String, for subject: Subject = .path) throws(Invalid) {
    var code: CInt = 0
    var offset = 0
    let options = subject == .path ? UInt32(PCRE2_ANCHORED) : 0
    let compiled = Array(expression.utf8).withUnsafeBufferPointer {
      pcre2_compile_8($0.baseAddress, $0.count, options, &code, &offset, nil)
    }
    guard let compiled, let context = pcre2_match_context_create_8(nil) else {
      var text = [UInt8](repeating: 0, count: 256)
      pcre2_get_error_message_8(code, &text, text.count)
      throw Invalid(
        message: String(decoding: text.prefix { $0 != 0 }, as: UTF8.self), offset: offset)
    }
    pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE))
    pcre2_set_match_limit_8(context, Self.matchLimit)
    self.code = compiled
    self.context = context
    names = Self.names(of: compiled)
    literalPrefix = subject == .path ? LiteralPrefix.of(expression) : []
  }

  deinit {
    if let data = takeSpare() { pcre2_match_data_free_8(data) }
    pcre2_code_free_8(code)
    pcre2_match_context_free_8(context)
  }

  /// How a text fares with the expression.
  enum OnMatch {
    /// Where the match ends, and the named captures.
    case match(length: Int, captures: [(name: [UInt8], value: [UInt8])])
    case noMatch
    /// Given up at the limit: whether it matches is not known.
    case exhausted
  }

  private func takeSpare() -> OpaquePointer? {
    OpaquePointer(bitPattern: spare.exchange(0, ordering: .acquiringAndReleasing))
  }

  private func keepSpare(_ data: OpaquePointer) {
    let other = spare.exchange(UInt(bitPattern: data), ordering: .acquiringAndReleasing)
    if let other = OpaquePointer(bitPattern: other) { pcre2_match_data_free_8(other) }
  }

  func match(_ path: UnsafeRawBufferPointer) -> OnMatch {
    guard let data = takeSpare() ?? pcre2_match_data_create_from_pattern_8(code, nil) else {
      return giveUp()
    }
    defer { keepSpare(data) }
    let subject = path.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let result = pcre2_match_8(code, subject, path.count, 0, 0, data, context)
    if result == PCRE2_ERROR_NOMATCH { return .noMatch }
    guard result > 0, let ranges = pcre2_get_ovector_pointer_8(data) else { return giveUp() }
    let captures = names.compactMap { entry -> (name: [UInt8], value: [UInt8])? in
      let start = ranges[entry.group * 2]
      let end = ranges[entry.group * 2 + 1]
      // PCRE2_UNSET, which Swift reads as -1, is of a group that took no part. An end before its start is what \K in a
      // lookahead makes.
      guard start >= 0, start <= end, end <= path.count else { return nil }
      return (entry.name, Array(path[start..<end]))
    }
    return .match(length: min(max(ranges[1], 0), path.count), captures: captures)
  }

  private func giveUp() -> OnMatch {
    exhaustedMatches.add(1, ordering: .relaxed)
    return .exhausted
  }

  private static func names(of code: OpaquePointer) -> [(name: [UInt8], group: Int)] {
    var count: UInt32 = 0
    var size: UInt32 = 0
    var table: UnsafePointer<UInt8>?
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
    guard let table else { return [] }
    return (0..<Int(count)).map { index in
      // Two bytes of group number, then the name, ended by a zero.
      let entry = UnsafeBufferPointer(start: table + index * Int(size), count: Int(size))
      return (Array(entry.dropFirst(2).prefix { $0 != 0 }), Int(entry[0]) << 8 | Int(entry[1]))
    }
  }
}
