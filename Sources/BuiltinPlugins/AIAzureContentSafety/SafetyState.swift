// SPDX-License-Identifier: Apache-2.0

import LLM

/// What an exchange must not forget when its process dies: the checkpoint.
struct SafetyState: Equatable, Sendable {
  /// The model of a request in a provider's own format, empty where it names none; nil: the request is in OpenAI's.
  var nativeModel: String?
  /// Where a stream stands.
  var stream: GuardedStream?
}

extension SafetyState: CompactState {
  func write(to writer: inout StateWriter) {
    writer.text(nativeModel)
    writer.state(stream)
  }

  init(from reader: inout StateReader) throws(StateError) {
    nativeModel = try reader.optionalText()
    stream = try reader.optionalState()
  }
}
