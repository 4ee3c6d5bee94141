// SPDX-License-Identifier: Apache-2.0

import CPCRE2

/// What one search needs of memory, and its limits.
///
/// Unchecked: one search at a time has it.
final class PatternScratch: @unchecked Sendable {
  let data: OpaquePointer
  let context: OpaquePointer
  private let stack: OpaquePointer?
  private let ticking: UnsafeMutablePointer<PatternClock>

  /// - Throws: where there is no memory for a search.
  init(_ code: OpaquePointer) throws(Pattern.Exhausted) {
    guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else {
      throw Pattern.Exhausted()
    }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_match_data_free_8(data)
      throw Pattern.Exhausted()
    }
    self.data = data
    self.context = context
    // The machine stack's 32 KiB, which JIT takes otherwise, are too few for texts of some size.
    stack = pcre2_jit_stack_create_8(32 << 10, 1 << 20, nil)
    pcre2_jit_stack_assign_8(context, nil, stack.map { UnsafeMutableRawPointer($0) })
    // Of the interpreter: JIT has neither a depth nor a heap.
    pcre2_set_depth_limit_8(context, 100_000)
    pcre2_set_heap_limit_8(context, 16 << 10)
    ticking = .allocate(capacity: 1)
    ticking.initialize(to: PatternClock())
    pcre2_set_callout_8(
      context,
      { _, clock in
        clock!.assumingMemoryBound(to: PatternClock.self).pointee.isOver
          ? CInt(PCRE2_ERROR_CALLOUT) : 0
      }, ticking)
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
    if let stack { pcre2_jit_stack_free_8(stack) }
    ticking.deallocate()
  }

  /// Before each search.
  ///
  /// - Parameter bytes: Of the text.
  func begin(bytes: Int, _ clock: PatternClock) {
    ticking.pointee = clock
    pcre2_set_match_limit_8(context, UInt32(clamping: 200_000 + 4 * bytes))
  }

  /// As the search left it.
  var clock: PatternClock { ticking.pointee }
}
