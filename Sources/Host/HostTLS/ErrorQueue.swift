// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// An entry of OpenSSL's error queue, of which each thread has one.
///
/// The queue must be empty before a call whose result `SSL_get_error` explains, and is emptied by
/// whoever reads it, so that no connection is blamed for the error of another.
struct QueuedError {
  /// Which part of OpenSSL: `ERR_LIB_SSL` and others.
  let library: CInt
  /// `SSL_R_…` and others, by library.
  let reason: CInt

  private let packed: UInt

  private init(packed: UInt) {
    self.packed = packed
    library = ERR_GET_LIB(packed)
    reason = ERR_GET_REASON(packed)
  }

  /// OpenSSL's words: a fixed text for each reason.
  var text: String {
    if library == ERR_LIB_SYS { return String(cString: strerror(reason)) }
    return ERR_reason_error_string(packed).map { String(cString: $0) } ?? "error \(reason)"
  }

  /// Empties this thread's queue and returns the entry that says most about a connection: the oldest
  /// from the TLS layer, else the oldest.
  static func drain() -> QueuedError? {
    let entries = drainAll()
    return entries.first { $0.library == ERR_LIB_SSL } ?? entries.first
  }

  /// Empties this thread's queue: the oldest entry, which is the cause, first.
  static func drainAll() -> [QueuedError] {
    var entries: [QueuedError] = []
    while case let packed = ERR_get_error(), packed != 0 {
      entries.append(QueuedError(packed: packed))
    }
    return entries
  }
}
