// SPDX-License-Identifier: Apache-2.0

/// A piece of a streamed answer.
package struct ChatDelta: Equatable, Sendable {
  /// A piece of one of the answers that were asked for.
  package struct Choice: Equatable, Sendable {
    /// Its number.
    package var index: Int
    /// Who speaks: in the first piece only.
    package var role: ChatRole?
    /// More text.
    package var content: String?
    /// More of a refusal.
    package var refusal: String?
    /// More of tool calls.
    package var toolCalls: [ToolCallDelta] = []
    /// Why it ended: in the last piece only.
    package var finishReason: FinishReason?

    /// A piece that says nothing.
    package init(index: Int = 0) {
      self.index = index
    }
  }

  /// A piece of a tool call.
  package struct ToolCallDelta: Equatable, Sendable {
    /// The number of the call in the message.
    package var index: Int
    /// Its id: in the first piece only.
    package var id: String?
    /// Its name: in the first piece only.
    package var name: String?
    /// More of the arguments' text.
    package var arguments: String?

    /// A piece of a call.
    package init(index: Int, id: String? = nil, name: String? = nil, arguments: String? = nil) {
      self.index = index
      self.id = id
      self.name = name
      self.arguments = arguments
    }
  }

  /// The id of the answer, the same in each piece.
  package var id: String
  /// When it was made, in seconds since 1970.
  package var created: Int
  /// The model that answers.
  package var model: String
  /// The pieces. None in the piece that only tells usage.
  package var choices: [Choice]
  /// What the whole answer used: in the last piece.
  package var usage: Usage?

  /// A piece.
  package init(id: String, created: Int, model: String, choices: [Choice], usage: Usage? = nil) {
    self.id = id
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
  }
}
