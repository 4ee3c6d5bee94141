// SPDX-License-Identifier: Apache-2.0

import LLM

/// Hugging Face's servers: OpenAI's list, or one text to continue, which has no roles.
struct HuggingFaceDecoration: Decoration {
  private let list: OpenAIDecoration
  private let text: TextInsertion

  init(_ prepend: [DecoratorConfig.Message], _ append: [DecoratorConfig.Message]) {
    list = OpenAIDecoration(prepend, append)
    text = TextInsertion(front: prepend.map(\.content), back: append.map(\.content))
  }

  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice] {
    let places = try BodyPlaces(["messages", "inputs"], in: body)
    guard let inputs = places["inputs"], places["messages"] == nil else {
      return try list.splices(for: body, places["messages"])
    }
    guard inputs.kind == .string else { throw .noChat }
    return text.splices(into: inputs)
  }
}
