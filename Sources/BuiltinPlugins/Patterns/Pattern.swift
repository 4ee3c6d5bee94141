// SPDX-License-Identifier: Apache-2.0

import CPCRE2
import Synchronization

/// A regular expression of the configuration, compiled once and matched by PCRE2's JIT.
///
/// Operators write these and clients choose what they run on, so a search has limits and ends with ``Exhausted`` when it
/// reaches one: the caller decides what that means (a guard refuses). Texts are bytes. What is no UTF-8 in them matches
/// nothing and ends no search. `\d`, `\w` and `\b` mean ASCII, as in Kong, unless the pattern begins with `(*UCP)`.
package final class Pattern: Sendable {
  /// How a pattern is read.
  package struct Options: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Letters match whatever their case, by Unicode's rules.
    package static let caseless = Options(rawValue: UInt32(PCRE2_CASELESS))
    /// `^` and `$` match at every line.
    package static let multiline = Options(rawValue: UInt32(PCRE2_MULTILINE))
  }

  /// As it is written.
  package let text: String

  // Unchecked by the compiler, but compiled code is immutable and PCRE2 lets threads share it.
  nonisolated(unsafe) let code: OpaquePointer
  /// Kept between searches, so that they need not allocate; a search that finds it taken makes its own.
  private let spare = Mutex<PatternScratch?>(nil)

  /// - Throws: what is wrong, and where in the text.
  package init(_ text: String, _ options: Options = []) throws(PatternError) {
    let source = PatternSource(text)
    code = try Self.compile(source, options)
    // Without JIT (no executable memory, or a pattern that is too large for it) the interpreter obeys the same limits.
    pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    self.text = text
  }

  deinit { pcre2_code_free_8(code) }

  /// Whether searches run as machine code.
  var isJIT: Bool {
    var size = 0
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_JITSIZE), &size)
    return size > 0
  }

  func withScratch<R>(
    _ body: (PatternScratch) throws(Exhausted) -> R
  ) throws(Exhausted) -> R {
    let kept = spare.withLock { spare in
      defer { spare = nil }
      return spare
    }
    let scratch = if let kept { kept } else { try PatternScratch(code) }
    defer { spare.withLock { $0 = scratch } }
    return try body(scratch)
  }

  /// `\C` is refused, for half a character is no text, and JIT does not know it.
  private static let commonOptions =
    UInt32(PCRE2_UTF) | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C

  private static func compile(
    _ source: PatternSource, _ options: Options
  ) throws(PatternError) -> OpaquePointer {
    var code: CInt = 0
    var offset = 0
    let compiled = source.bytes.withUnsafeBufferPointer {
      pcre2_compile_8(
        $0.baseAddress, $0.count, options.rawValue | commonOptions, &code, &offset, nil)
    }
    guard let compiled else {
      throw PatternError(message: message(of: code), offset: source.offset(ofCompiled: offset))
    }
    return compiled
  }

  private static func message(of code: CInt) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    pcre2_get_error_message_8(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
  }
}
