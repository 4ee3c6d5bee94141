// SPDX-License-Identifier: Apache-2.0

/// The functions of the calls in a conversation, by the ids of the calls: OpenAI's results name only the id.
struct ToolCallNames {
  private var names: [(id: String, name: String)] = []

  /// Notes a call.
  mutating func note(_ call: ToolCall) {
    if let id = call.id { names.append((id, call.name)) }
  }

  /// The function of the last call with an id.
  subscript(id: String) -> String? { names.last { $0.id == id }?.name }
}
