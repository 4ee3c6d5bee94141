// SPDX-License-Identifier: Apache-2.0

/// Where a provider tells what an answer used in headers, because its body does not say.
package struct UsageHeaders: Equatable, Sendable {
  /// The header with the tokens of the prompt.
  package var prompt: String
  /// The header with the tokens of the answer; nil: the prompt is all that is counted.
  package var completion: String?

  /// Headers, in lower case.
  package init(prompt: String, completion: String? = nil) {
    self.prompt = prompt
    self.completion = completion
  }

  /// Their names.
  package var names: [String] { [prompt] + (completion.map { [$0] } ?? []) }

  /// The usage; nil if it is not told, or only by half.
  package func usage(_ value: (String) -> String?) -> Usage? {
    func count(_ name: String) -> Int? {
      value(name).flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
    guard let promptTokens = count(prompt) else { return nil }
    guard let completion else { return Usage(promptTokens: promptTokens, completionTokens: 0) }
    guard let completionTokens = count(completion) else { return nil }
    return Usage(promptTokens: promptTokens, completionTokens: completionTokens)
  }
}
