// SPDX-License-Identifier: Apache-2.0

import LLM

/// The texts that patterns run on, put together as Kong does: the newest message first, a space behind each.
struct GuardedPrompt {
  /// What all patterns see.
  private(set) var text: [UInt8] = []
  /// What deny patterns see besides: messages of several parts without the spaces between these, so that no word can be
  /// cut in two, and JSON in texts without its escapes. Empty where there is nothing of the kind.
  private(set) var hidden: [UInt8] = []

  /// - Parameters:
  ///   - allRoles: Not only the user's messages.
  ///   - last: Only the last of them.
  init(_ texts: PromptTexts, allRoles: Bool, last: Bool) {
    if !last { text.reserveCapacity(texts.byteCount) }
    for message in texts.messages.reversed() where allRoles || message.isUsers {
      for (index, part) in message.parts.enumerated() {
        if index > 0 { text.append(UInt8(ascii: " ")) }
        text += part
      }
      if message.parts.count > 1 {
        for part in message.parts { hidden += part }
        hidden.append(UInt8(ascii: " "))
      }
      for string in message.unescaped {
        hidden += string
        hidden.append(UInt8(ascii: " "))
      }
      if last { return }
      text.append(UInt8(ascii: " "))
    }
  }
}

extension PromptTexts {
  /// Of all parts, with a space behind each.
  fileprivate var byteCount: Int {
    messages.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.count + 1 } }
  }
}
