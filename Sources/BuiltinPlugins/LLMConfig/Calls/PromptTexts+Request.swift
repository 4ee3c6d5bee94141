// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

extension PromptTexts {
  /// The texts of a request's body.
  ///
  /// - Parameter format: of the API that the client speaks; nil: OpenAI's.
  /// - Throws: when the body is none of that API.
  package init(of request: Request, format: (any NativeFormat)?) throws(RequestProblem) {
    self = try request.body.bytes.withRaw { body throws(RequestProblem) in
      guard let format else { return try PromptTexts(openAI: body) }
      let (path, query) = request.original.pathAndQuery
      return try PromptTexts(native: format, path: path, query: query, body: body)
    }
  }
}
