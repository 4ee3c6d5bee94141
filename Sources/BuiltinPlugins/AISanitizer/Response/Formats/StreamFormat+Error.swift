// SPDX-License-Identifier: Apache-2.0

import LLM

extension StreamFormat {
  /// The data of an event that says why a stream ends, as the API's readers expect it.
  func error(_ problem: RequestProblem) -> JSONText {
    let isClients = problem.status < 500
    return JSONText {
      $0.object {
        switch self {
        case .anthropic:
          $0.member("type", "error")
          $0.key("error")
          $0.object {
            $0.member("type", isClients ? "invalid_request_error" : "api_error")
            $0.member("message", problem.message)
          }
        case .gemini:
          $0.key("error")
          $0.object {
            $0.member("code", problem.status)
            $0.member("message", problem.message)
            $0.member("status", isClients ? "INVALID_ARGUMENT" : "INTERNAL")
          }
        case .textGeneration:
          $0.member("error", problem.message)
          $0.member("error_type", isClients ? "validation" : "generation")
        case .bedrock: $0.member("message", problem.message)
        case .openAI, .cohere, .cohereV1:
          $0.key("error")
          $0.object { $0.member("message", problem.message) }
        }
      }
    }
  }
}
