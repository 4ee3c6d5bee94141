// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig

/// How a client is told, in the middle of an answer, that there will be no more of it.
struct StreamNotice {
  let bytes: [UInt8]

  init(_ problem: RequestProblem, _ type: MediaType, format: String) {
    let isRefusal = problem.status < 500
    guard type.isEventStream else {
      // What is JSON gets a body of its own.
      bytes =
        if type.isAWSEventStream {
          AWSEventMessage.exception(
            isRefusal ? "validationException" : "internalServerException", message: problem.message)
        } else {
          type.isJSON ? problem.body : []
        }
      return
    }
    switch format {
    case "anthropic":
      let data = JSONText {
        $0.object {
          $0.member("type", "error")
          $0.key("error")
          $0.object {
            $0.member("type", isRefusal ? "invalid_request_error" : "api_error")
            $0.member("message", problem.message)
          }
        }
      }
      bytes = Array("event: error\n".utf8) + OpenAI.event(data)
    case "gemini":
      bytes = OpenAI.event(
        JSONText {
          $0.object {
            $0.key("error")
            $0.object {
              $0.member("code", problem.status)
              $0.member("message", problem.message)
              $0.member("status", isRefusal ? "INVALID_ARGUMENT" : "INTERNAL")
            }
          }
        })
    default:
      let error = ChatError(
        message: problem.message, type: isRefusal ? "invalid_request_error" : "server_error",
        code: isRefusal ? "content_filter" : nil)
      bytes = OpenAI.event(error.openAI)
    }
  }
}
