// SPDX-License-Identifier: Apache-2.0

/// What all chunks of a stream have in common.
struct StreamIdentity: Equatable, Sendable {
  var id = ""
  var object = ""
  var created = 0

  /// Longer ids are not kept: a checkpoint stays small whatever is sent.
  private static let longestName = 256

  /// Of the first chunk; nil while none can be read.
  init?(_ data: RawSpan) {
    var members = JSONMembers(scanning: data)
    do throws(JSONError) {
      while let member = try members.next(in: data) {
        guard member.value.range.count <= Self.longestName else { continue }
        if member.key.isString("id", in: data) {
          id = member.value.string(in: data) ?? ""
        } else if member.key.isString("object", in: data) {
          object = member.value.string(in: data) ?? ""
        } else if member.key.isString("created", in: data) {
          created = member.value.integer(in: data) ?? 0
        }
      }
    } catch {
      return nil
    }
    guard !object.isEmpty else { return nil }
  }

  /// The chunk that OpenAI ends a stream with when usage is asked for.
  func event(model: String, _ usage: Usage) -> [UInt8] {
    OpenAI.event(
      JSONText { writer in
        writer.object {
          $0.member("id", id)
          $0.member("object", object)
          $0.member("created", created)
          $0.member("model", model)
          $0.key("choices")
          $0.array { _ in }
          $0.member("usage", usage.openAI)
        }
      })
  }
}

extension StreamIdentity: CompactState {
  func write(to writer: inout StateWriter) {
    writer.text(id)
    writer.text(object)
    writer.number(created)
  }

  init(from reader: inout StateReader) throws(StateError) {
    id = try reader.text()
    object = try reader.text()
    created = try reader.number()
  }
}
