// SPDX-License-Identifier: Apache-2.0

/// What the chunks of a stream in OpenAI's format add up to. It is small: part of a checkpoint.
package struct OpenAIStreamTally: Equatable, Sendable {
  /// How one choice ended.
  package struct Ending: Equatable, Sendable {
    /// The number of the choice.
    package var choice: Int
    /// Its `finish_reason`.
    package var reason: String
  }

  /// The model that the provider says answers.
  package private(set) var model: String?
  /// The usage. Where several chunks report one they are running totals, so the last holds.
  package private(set) var usage: Usage?
  /// The tier of service that the provider says it was.
  package private(set) var serviceTier: String?
  /// How the choices ended, in the order in which they did; at most 128, as `n` of a request.
  package private(set) var endings: [Ending] = []
  /// The JSON text of the `error` that the upstream sent inside the stream, if it did; its first 2
  /// KiB.
  package private(set) var error: String?
  /// Whether `[DONE]` was seen.
  package private(set) var isDone = false
  /// Whether anything generated was seen.
  package private(set) var hasOutput = false
  /// Characters (Unicode scalars) that were generated, for an estimate.
  package private(set) var characters = 0
  /// The events that could not be read: larger than the limit, or no JSON.
  package private(set) var unreadEvents = 0

  /// Longer names of models and reasons are not kept: a checkpoint stays small whatever is sent.
  private static let longestName = 256
  private static let longestError = 2048

  /// An empty tally.
  package init() {}

  /// Whether the stream ended as it should: with `[DONE]`, and not with an error.
  package var endedProperly: Bool { isDone && error == nil }

  /// The finish reason of the first choice that ended.
  package var finishReason: String? { endings.first?.reason }

  /// The reported usage, or an estimate that says it is one.
  package func usage(estimatedPromptTokens: Int) -> Usage {
    var usage =
      usage ?? Usage(estimatedPromptTokens: estimatedPromptTokens, characters: characters)
    usage.serviceTier = serviceTier
    return usage
  }

  /// What is to be known of a chunk to change it for a client.
  struct Chunk {
    /// It is `[DONE]`.
    var isEnd = false
    /// It has no choices at all, not even an empty list of them: an error, if anything.
    var isOther = false
    /// All that the chunk says is usage: it would not have been sent to who did not ask.
    var isOnlyUsage = false
    /// Where the member `usage` is, from behind the value before it; nil if there is none or it is
    /// not that simple.
    var usageMember: Range<Int>?
    /// Whether there is a member `usage`.
    var hasUsageMember = false
  }

  /// Notes that an event was too large to be read.
  mutating func skippedEvent() {
    unreadEvents &+= 1
  }

  /// Notes an error that was not in OpenAI's shape.
  mutating func failed(_ text: String) {
    if error == nil || text.utf8.count <= Self.longestError { error = text }
  }

  /// Counts the data of one event.
  mutating func count(_ data: RawSpan) -> Chunk {
    if data.hasPrefix("[DONE]", at: data.skippingWhitespace(from: 0)) {
      isDone = true
      return Chunk(isEnd: true)
    }
    do throws(JSONError) {
      return try read(data)
    } catch {
      // A stream is never broken because of a chunk that only we cannot read.
      unreadEvents &+= 1
      return Chunk()
    }
  }

  private mutating func read(_ data: RawSpan) throws(JSONError) -> Chunk {
    var chunk = Chunk()
    var hasChoices = false
    chunk.isOther = true
    var endOfPrevious: Int?
    var usageMembers = 0
    var hasUsage = false
    var members = JSONMembers(scanning: data)
    while let member = try members.next(in: data) {
      let value = member.value
      if member.key.isString("choices", in: data) {
        chunk.isOther = false
        if try countChoices(value, in: data) { hasChoices = true }
      } else if member.key.isString("usage", in: data) {
        usageMembers += 1
        chunk.usageMember = endOfPrevious.map { $0..<value.end }
        if !value.isNull, let reported = try Usage(openAI: value, in: data) {
          usage = reported
          hasUsage = true
        }
      } else if member.key.isString("model", in: data) {
        if model == nil, value.range.count <= Self.longestName { model = value.string(in: data) }
      } else if member.key.isString("service_tier", in: data) {
        if value.range.count <= Self.longestName {
          serviceTier = value.string(in: data) ?? serviceTier
        }
      } else if member.key.isString("error", in: data), !value.isNull, error == nil {
        error = data.string(value.start..<min(value.end, value.start + Self.longestError))
      }
      endOfPrevious = value.end
    }
    if usageMembers > 1 { chunk.usageMember = nil }
    chunk.hasUsageMember = usageMembers > 0
    chunk.isOnlyUsage = hasUsage && !hasChoices
    return chunk
  }

  /// Counts `choices`; false if there are none.
  private mutating func countChoices(_ node: JSONNode, in data: RawSpan) throws(JSONError) -> Bool {
    var elements = JSONElements(of: node)
    var hasChoices = false
    while let element = try elements.next(in: data) {
      hasChoices = true
      let choice = try OpenAIChoice(element, in: data)
      if choice.hasOutput { hasOutput = true }
      choice.forEachText { characters &+= $0.scalarCount(in: data) }
      if let node = choice.finishReason, node.range.count <= Self.longestName,
        let reason = node.string(in: data), endings.count < 128
      {
        endings.append(Ending(choice: choice.index, reason: reason))
      }
    }
    return hasChoices
  }
}

extension OpenAIStreamTally: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.text(model)
    writer.state(usage)
    writer.text(serviceTier)
    writer.number(endings.count)
    for ending in endings {
      writer.number(ending.choice)
      writer.text(ending.reason)
    }
    writer.text(error)
    writer.flag(isDone)
    writer.flag(hasOutput)
    writer.number(characters)
    writer.number(unreadEvents)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    model = try reader.optionalText()
    usage = try reader.optionalState()
    serviceTier = try reader.optionalText()
    for _ in 0..<max(0, try reader.number()) {
      endings.append(Ending(choice: try reader.number(), reason: try reader.text()))
    }
    error = try reader.optionalText()
    isDone = try reader.flag()
    hasOutput = try reader.flag()
    characters = try reader.number()
    unreadEvents = try reader.number()
  }
}
