// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

extension PromptTexts {
  /// The texts of a request's body.
  ///
  /// - Parameter format: of the API that the client speaks; nil: OpenAI's.
  /// - Throws: when the body is none of that API.
  package init(of request: Request, format: (any NativeFormat)?) throws(RequestProblem) {
    let path = request.original.path
    let mark = path.firstIndex(of: "?") ?? path.endIndex
    let result = request.body.bytes.withRaw { body in
      Result { () throws(RequestProblem) in
        guard let format else { return try PromptTexts(openAI: body) }
        return try PromptTexts(
          native: format, path: String(path[..<mark]), query: String(path[mark...].dropFirst()),
          body: body)
      }
    }
    self = try result.get()
  }
}
