// SPDX-License-Identifier: Apache-2.0

extension PromptTexts {
  /// The texts of a chat, a completion or a request for vectors in OpenAI's format. The body is scanned; a conversation
  /// is never built.
  ///
  /// - Throws: where there is no prompt at all, where one cannot be read, or where a member that decides what a model
  ///   sees is there twice.
  package init(openAI body: RawSpan) throws(RequestProblem) {
    let prompts = try OpenAIPrompts(body)
    self.init()
    if let instructions = prompts.instructions {
      var message = Message(role: .system)
      try Self.read { () throws(JSONError) in try message.addAll(instructions, in: body) }
      messages.append(message)
    }
    for list in [prompts.messages, prompts.input] {
      if let list { try read(conversation: list, in: body) }
    }
    for text in [prompts.prompt, prompts.suffix, prompts.inputs] {
      if let text { try read(text: text, in: body) }
    }
  }

  private mutating func read(conversation: JSONNode, in body: RawSpan) throws(RequestProblem) {
    // An `input` may be a text, or texts, instead.
    guard conversation.kind == .array else { return try read(text: conversation, in: body) }
    // Messages are read where they are: to look for the end of each first would be another pass.
    var elements = JSONElements(of: conversation)
    var texts = Message(role: .user)
    while let start = try Self.read({ () throws(JSONError) in try elements.nextStart(in: body) }) {
      var members = JSONMembers(scanning: body, at: start)
      if let message = try Message(openAI: &members, in: body) {
        messages.append(message)
        elements.resume(at: members.end)
        continue
      }
      let element = try Self.read { () throws(JSONError) in try JSONNode(scanning: body, at: start)
      }
      guard element.kind == .string else {
        // An object without members says nothing.
        guard element.kind == .object else { throw .unreadablePrompt }
        elements.resume(at: element.end)
        continue
      }
      texts.add(element, in: body)
      elements.resume(at: element.end)
    }
    if !texts.parts.isEmpty { messages.append(texts) }
  }

  private mutating func read(text: JSONNode, in body: RawSpan) throws(RequestProblem) {
    var message = Message(role: .user)
    switch text.kind {
    case .string: break
    case .array:
      var elements = JSONElements(of: text)
      while let element = try Self.read({ () throws(JSONError) in try elements.next(in: body) }) {
        guard element.kind == .string else { throw .unreadablePrompt }
      }
    case .null, .false, .true, .number, .object: throw .unreadablePrompt
    }
    try Self.read { () throws(JSONError) in try message.addAll(text, in: body) }
    messages.append(message)
  }
}

/// Where the prompts of a body are.
private struct OpenAIPrompts {
  var messages: JSONNode?
  var prompt: JSONNode?
  var suffix: JSONNode?
  var input: JSONNode?
  /// Of Hugging Face's servers, which have OpenAI's API too.
  var inputs: JSONNode?
  var instructions: JSONNode?

  init(_ body: RawSpan) throws(RequestProblem) {
    guard let root = try? JSONNode.validated(in: body), root.kind == .object else {
      throw .noPrompts
    }
    var members = JSONMembers(of: root)
    while let member = try PromptTexts.read({ () throws(JSONError) in try members.next(in: body) })
    {
      let value = member.value
      if value.isNull { continue }
      switch member.key.foldedString(in: body) {
      case "messages": try Self.put(value, &messages, "messages")
      case "prompt": try Self.put(value, &prompt, "prompt")
      case "suffix": try Self.put(value, &suffix, "suffix")
      case "input": try Self.put(value, &input, "input")
      case "inputs": try Self.put(value, &inputs, "inputs")
      case "instructions": try Self.put(value, &instructions, "instructions")
      default: break
      }
    }
    guard messages != nil || prompt != nil || input != nil || inputs != nil else {
      throw .noPrompts
    }
    if let messages, messages.kind != .array { throw .unreadablePrompt }
    if let messages, messages.isEmpty(in: body) { throw .noPrompts }
  }

  private static func put(
    _ value: JSONNode, _ place: inout JSONNode?, _ name: StaticString
  ) throws(RequestProblem) {
    guard place == nil else { throw .duplicateMember(name) }
    place = value
  }
}

extension PromptTexts.Message {
  /// A message of a chat; nil where there are no members. One that does not say who speaks is nobody's, and the user's to
  /// be safe.
  fileprivate init?(openAI members: inout JSONMembers, in body: RawSpan) throws(RequestProblem) {
    var role: JSONNode?
    var isEmpty = true
    self.init(role: .user)
    do throws(JSONError) {
      while let member = try members.next(in: body) {
        isEmpty = false
        switch member.key.foldedString(in: body) {
        case "role":
          guard role == nil else { throw JSONError(.wrongType, at: member.key.start) }
          role = member.value
        case "content": try addContent(member.value, in: body)
        case "refusal", "reasoning_content": try addAll(member.value, in: body)
        // Calls of tools, and the results that OpenAI's newer API has beside the messages.
        case "tool_calls", "function_call", "arguments", "output":
          try addAll(member.value, in: body)
        default: break
        }
      }
    } catch {
      throw .unreadablePrompt
    }
    if isEmpty { return nil }
    guard let role else { return }
    guard let name = role.string(in: body) else { throw .unreadablePrompt }
    self.role = ChatRole(name: name)
  }

  private mutating func addContent(_ content: JSONNode, in body: RawSpan) throws(JSONError) {
    switch content.kind {
    case .null: break
    case .string: add(content, in: body)
    case .object: try addPart(content, in: body)
    case .array:
      var elements = JSONElements(of: content)
      while let part = try elements.next(in: body) { try addPart(part, in: body) }
    case .false, .true, .number: throw JSONError(.wrongType, at: content.start)
    }
  }

  private static let media = [
    "image_url", "input_image", "input_audio", "file", "input_file", "video_url",
  ]

  /// A text, or the strings of a part of an unknown type. Of media only what is called a text counts.
  mutating func addPart(_ part: JSONNode, in body: RawSpan) throws(JSONError) {
    guard part.kind == .object else { return try addAll(part, in: body) }
    var isMedia = false
    var members = JSONMembers(of: part)
    while let member = try members.next(in: body) {
      if member.key.isString("type", in: body) {
        isMedia = Self.media.contains { member.value.isString(equalTo: $0, in: body) }
      }
    }
    guard isMedia else { return try addAll(part, in: body) }
    members = JSONMembers(of: part)
    while let member = try members.next(in: body) {
      if member.key.foldedString(in: body) == "text" { try addAll(member.value, in: body) }
    }
  }
}
