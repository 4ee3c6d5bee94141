// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// The neutral form of one of Mistral's errors; nil if the body is none of them.
  ///
  /// They come in four shapes: with a `message` that is a text, or that has a `detail`; with a `detail` alone; and, from
  /// servers in front of a model, as OpenAI's.
  init?(mistral body: RawSpan) throws(JSONError) {
    if let error = try ChatError(openAI: body) {
      self = error
      return
    }
    let root = try JSONNode.validated(in: body)
    let message = try root.member("message", in: body)
    let inner = try message?.member("detail", in: body)
    if let detail = try root.member("detail", in: body) ?? inner {
      try self.init(detail: detail, in: body)
    } else if let text = message?.string(in: body) {
      self.init(message: text)
    } else {
      return nil
    }
    // Its types are finer than OpenAI's, and say more than its numbers.
    let type = try root.member("type", in: body)?.string(in: body)
    code = type == "invalid_request_error" ? nil : type
  }

  /// Pydantic's complaints: a text, or a list of a place and a message each.
  private init(detail: JSONNode, in body: RawSpan) throws(JSONError) {
    if let text = detail.string(in: body) {
      self.init(message: text)
      return
    }
    var messages: [String] = []
    var first: String?
    var complaints = JSONElements(of: detail)
    while let complaint = try complaints.next(in: body) {
      let message = try complaint.member("msg", in: body)?.string(in: body) ?? "invalid"
      let place = try complaint.member("loc", in: body).map { (node) throws(JSONError) in
        try Self.place(node, in: body)
      }
      messages.append(place.map { $0.isEmpty ? message : "\($0): \(message)" } ?? message)
      first = first ?? place.flatMap { $0.isEmpty ? nil : $0 }
    }
    self.init(message: messages.joined(separator: "; "), parameter: first)
  }

  /// `["body","messages",0,"user","name"]` as `messages[0].name`: the role is pydantic's, not the client's.
  private static func place(_ node: JSONNode, in body: RawSpan) throws(JSONError) -> String {
    var place = ""
    var wasIndex = false
    var steps = JSONElements(of: node)
    while let step = try steps.next(in: body) {
      if let index = step.integer(in: body) {
        place += "[\(index)]"
        wasIndex = true
        continue
      }
      let name = step.string(in: body) ?? ""
      let isRole = wasIndex && ["system", "user", "assistant", "tool"].contains(name)
      if !isRole, !(place.isEmpty && name == "body") {
        place += place.isEmpty ? name : ".\(name)"
      }
      wasIndex = false
    }
    return place
  }
}
