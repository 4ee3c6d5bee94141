// SPDX-License-Identifier: Apache-2.0

// What Converse has no neutral name for, and what has no place in Converse.
extension ConverseRequest {
  /// Converse's own members, which a client may send beside OpenAI's.
  private static let own: Set<String> = [
    "additionalModelResponseFieldPaths", "guardrailConfig", "outputConfig", "performanceConfig",
    "projectIdentifier", "promptVariables", "requestMetadata", "serviceTier",
  ]

  /// Finds the place of everything that is not said elsewhere.
  mutating func chooseFields() {
    let sampling = chat.sampling
    for field in chat.unknown { choose(field, at: field.key) }
    choose(.topK, sampling.topK, "top_k")
    choose(.seed, sampling.seed, "seed")
    choose(.presencePenalty, sampling.presencePenalty, "presence_penalty")
    choose(.frequencyPenalty, sampling.frequencyPenalty, "frequency_penalty")
    if chat.allowsParallelToolCalls == false { unsupported.append("parallel_tool_calls") }
  }

  private mutating func choose(_ field: UnknownField, at place: String) {
    switch field.key {
    case _ where Self.own.contains(field.key):
      guard !passed.contains(where: { $0.key == field.key }) else {
        return unsupported.append(place)
      }
      passed.append(field)
    case "additionalModelRequestFields": addFields(of: field.value, at: place)
    case "bedrock" where place == field.key: unwrap(field.value)
    case "reasoning_effort": chooseEffort(field.value)
    case "service_tier": chooseTier(field.value)
    case "n" where field.value.string == "1": break
    case "logprobs" where field.value.string == "false": break
    case "store" where field.value.string == "false": break
    default: unsupported.append(place)
    }
  }

  /// Kong's own member: what stands in it is for Converse.
  private mutating func unwrap(_ value: JSONText) {
    for field in Self.members(of: value) ?? [] {
      if Self.own.contains(field.key) || field.key == "additionalModelRequestFields" {
        choose(field, at: "bedrock.\(field.key)")
      } else {
        unsupported.append("bedrock.\(field.key)")
      }
    }
  }

  private mutating func addFields(of value: JSONText, at place: String) {
    guard let members = Self.members(of: value) else { return unsupported.append(place) }
    additional += members
  }

  private mutating func chooseEffort(_ value: JSONText) {
    let bytes = value.bytes.span.bytes
    let name = (try? JSONNode(scanning: bytes))?.string(in: bytes)
    switch name.flatMap({ family.effort($0) }) {
    case .converse(let effort): self.effort = effort
    case .additional(let name, let value): add(name, value, "reasoning_effort")
    case .unsaid: break
    case nil: unsupported.append("reasoning_effort")
    }
  }

  private mutating func chooseTier(_ value: JSONText) {
    switch value.string {
    case "\"auto\"": break
    case "\"default\"": serviceTier = "default"
    case "\"flex\"": serviceTier = "flex"
    case "\"priority\"": serviceTier = "priority"
    default: unsupported.append("service_tier")
    }
  }

  private mutating func choose(_ option: BedrockFamily.Option, _ value: JSONText?, _ name: String) {
    guard let value else { return }
    guard let path = family.path(of: option) else {
      // A penalty of zero is none.
      let isPenalty = option == .presencePenalty || option == .frequencyPenalty
      if !isPenalty || (value.string != "0" && value.string != "0.0") { unsupported.append(name) }
      return
    }
    guard let outer = path.outer else { return add(path.name, value, name) }
    let inner = JSONText { $0.object { $0.member(path.name, value) } }
    add(outer, inner, name)
  }

  /// A client that names the model's own field means it: its value wins.
  private mutating func add(_ name: String, _ value: JSONText, _ place: String) {
    guard !additional.contains(where: { $0.key == name }) else { return unsupported.append(place) }
    additional.append(UnknownField(name, value))
  }

  func writeFields(to writer: inout JSONWriter) {
    for field in passed { writer.member(field.key, field.value) }
    if !additional.isEmpty {
      writer.key("additionalModelRequestFields")
      writer.object { for field in additional { $0.member(field.key, field.value) } }
    }
    func isPassed(_ name: String) -> Bool { passed.contains { $0.key == name } }
    if let latency = settings.bedrock.performanceLatency, !isPassed("performanceConfig") {
      writer.key("performanceConfig")
      writer.object { $0.member("latency", latency) }
    }
    if let serviceTier, !isPassed("serviceTier") {
      writer.key("serviceTier")
      writer.object { $0.member("type", serviceTier) }
    }
  }

  /// The members of an object, or of the only object of an array, as Kong's older versions wanted it; nil for all else.
  private static func members(of value: JSONText) -> [UnknownField]? {
    let bytes = value.bytes.span.bytes
    do throws(JSONError) {
      var node = try JSONNode(scanning: bytes)
      if let only = try node.element(0, in: bytes), try node.element(1, in: bytes) == nil {
        node = only
      }
      guard node.kind == .object else { return nil }
      return try node.decodedMembers(in: bytes).filter { !$0.value.isNull }
        .map { UnknownField($0.key, $0.value.text(in: bytes)) }
    } catch {
      return nil
    }
  }
}
