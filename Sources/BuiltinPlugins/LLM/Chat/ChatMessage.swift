// SPDX-License-Identifier: Apache-2.0

/// Who speaks.
package enum ChatRole: Equatable, Sendable {
  /// Whoever runs the model.
  case system
  /// OpenAI's newer word for ``system``; for every other provider the same.
  case developer
  /// The person.
  case user
  /// The model.
  case assistant
  /// The result of a tool.
  case tool
  /// A role that is not known here.
  case other(String)

  /// The role by its name in OpenAI's API.
  package init(name: String) {
    switch name {
    case "system": self = .system
    case "developer": self = .developer
    case "user": self = .user
    case "assistant": self = .assistant
    case "tool": self = .tool
    default: self = .other(name)
    }
  }

  /// Its name in OpenAI's API.
  package var name: String {
    switch self {
    case .system: "system"
    case .developer: "developer"
    case .user: "user"
    case .assistant: "assistant"
    case .tool: "tool"
    case .other(let name): name
    }
  }

  /// Whether the message belongs to the instructions and not to the conversation.
  package var isInstruction: Bool { self == .system || self == .developer }
}

/// One message of a conversation.
package struct ChatMessage: Equatable, Sendable {
  /// Who speaks.
  package var role: ChatRole
  /// What is said. A plain text is one part of text.
  package var content: [ContentPart]
  /// The name of the participant.
  package var name: String?
  /// The tools that the model calls.
  package var toolCalls: [ToolCall] = []
  /// The call of which this is the result.
  package var toolCallID: String?
  /// What else the message has.
  package var unknown: [UnknownField] = []
  /// Members of its parts for which there is no place here: `content[1].cache_control`.
  package var lost: [String] = []

  /// A message.
  package init(role: ChatRole, content: [ContentPart] = []) {
    self.role = role
    self.content = content
  }

  /// All text parts, one behind the other.
  package var text: String {
    content.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined()
  }
}

/// One part of what is said.
package enum ContentPart: Equatable, Sendable {
  /// Text.
  case text(String)
  /// An image: an address (http or data) and how closely to look.
  case image(url: String, detail: String?)
  /// Sound, in base64, and its format.
  case audio(data: String, format: String)
  /// A file, by id or by content.
  case file(File)
  /// What a model says instead of an answer that it refuses.
  case refusal(String)
  /// A part of a type that is not known here, as it is.
  case other(JSONText)

  /// A file.
  package struct File: Equatable, Sendable {
    /// The id of an uploaded file.
    package var id: String?
    /// Its name.
    package var name: String?
    /// Its content as a data address.
    package var data: String?

    /// A file.
    package init(id: String? = nil, name: String? = nil, data: String? = nil) {
      self.id = id
      self.name = name
      self.data = data
    }
  }
}
