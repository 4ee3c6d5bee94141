// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// An error of Hugging Face: the router and each kind of server has a shape of its own. Nil: none of them.
  init?(huggingFace body: RawSpan, status: Int) {
    guard let root = try? JSONNode.validated(in: body), root.kind == .object,
      var error = try? ChatError(huggingFace: root, in: body)
    else {
      return nil
    }
    switch error.code {
    case "validation", "template_error": error.type = "invalid_request_error"
    case "overloaded": error.type = "overloaded_error"
    case "generation", "incomplete_generation": error.type = "server_error"
    default: error = error.typed(byStatus: status)
    }
    self = error
  }

  private init?(huggingFace root: JSONNode, in body: RawSpan) throws(JSONError) {
    func text(_ name: StaticString) throws(JSONError) -> String? {
      try root.member(name, in: body)?.string(in: body)
    }
    let error = try root.member("error", in: body)
    if error?.kind == .object, let known = try ChatError(openAI: body) {
      self = known
    } else if let words = error?.string(in: body) {
      self.init(message: words, code: try text("error_type"))
    } else if let list = error, list.kind == .array {
      let words = try list.mapElements(in: body) { $0.string(in: body) }
      self.init(message: words.compactMap { $0 }.joined(separator: "; "))
    } else if let words = try text("message") {
      // vLLM's older servers, and proxies.
      self.init(message: words, type: try text("type"))
    } else {
      return nil
    }
    // A model that is being loaded: how long that takes is only in the body.
    guard let time = try root.member("estimated_time", in: body), time.kind == .number,
      let seconds = Double(body.string(time.range)), seconds >= 0, seconds < 86_400
    else {
      return
    }
    code = code ?? "model_loading"
    retryAfter = Int(seconds.rounded(.up))
  }
}
