// SPDX-License-Identifier: Apache-2.0

/// Names of the variables by which plugins for models know of each other.
package enum LLMVariables {
  /// Whether a plugin makes something of the whole answer: who asks the model does not ask for a stream. A boolean, set in
  /// the request phase by plugins in front of the one that asks.
  package static let wantsWholeAnswer = "llm.whole_answer"
}
