// SPDX-License-Identifier: Apache-2.0

/// A tool that a model may call.
package enum ChatTool: Equatable, Sendable {
  /// A function of the client.
  case function(Function)
  /// A tool of a type that is not known here, as it is.
  case other(JSONText)

  /// A function of the client.
  package struct Function: Equatable, Sendable {
    /// Its name.
    package var name: String
    /// What it is for.
    package var description: String?
    /// The JSON Schema of its arguments.
    package var parameters: JSONText?
    /// Whether arguments must match the schema exactly.
    package var isStrict: Bool?

    /// A function.
    package init(
      name: String, description: String? = nil, parameters: JSONText? = nil, isStrict: Bool? = nil
    ) {
      self.name = name
      self.description = description
      self.parameters = parameters
      self.isStrict = isStrict
    }
  }
}

/// Whether and which tools a model has to call.
package enum ToolChoice: Equatable, Sendable {
  /// As the model likes.
  case auto
  /// None at all.
  case forbidden
  /// At least one.
  case required
  /// This function.
  case function(name: String)
  /// A choice that is not known here, as it is.
  case other(JSONText)
}

/// A call of a tool by a model.
package struct ToolCall: Equatable, Sendable {
  /// Its id, which the result repeats.
  package var id: String?
  /// The name of the function.
  package var name: String
  /// The arguments: meant to be JSON, but a model's words, so they may be broken.
  package var arguments: String
  /// The whole call, where it is of a type that is not known here: it is written as it came.
  package var other: JSONText?

  /// A call.
  package init(id: String?, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}
