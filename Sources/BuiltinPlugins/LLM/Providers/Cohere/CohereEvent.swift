// SPDX-License-Identifier: Apache-2.0

/// The members of an event of either version, where they are.
struct CohereEvent {
  var type: JSONNode?
  var oldType: JSONNode?
  var id: JSONNode?
  var index: JSONNode?
  var delta: JSONNode?
  var text: JSONNode?
  var reason: JSONNode?
  var response: JSONNode?
  var error: JSONNode?
  var calls: JSONNode?

  init(_ data: RawSpan) throws(JSONError) {
    var members = JSONMembers(scanning: data)
    while let member = try members.next(in: data) {
      let key = member.key
      if key.isString("type", in: data) {
        type = member.value
      } else if key.isString("delta", in: data) {
        delta = member.value
      } else if key.isString("index", in: data) {
        index = member.value
      } else if key.isString("event_type", in: data) {
        oldType = member.value
      } else if key.isString("text", in: data) {
        text = member.value
      } else if key.isString("id", in: data) || key.isString("generation_id", in: data) {
        id = member.value
      } else if key.isString("finish_reason", in: data) {
        reason = member.value
      } else if key.isString("response", in: data) {
        response = member.value
      } else if key.isString("err", in: data) {
        error = member.value
      } else if key.isString("tool_calls", in: data) {
        calls = member.value
      }
    }
  }

  /// A member of `delta.message`.
  func message(_ name: StaticString, in data: RawSpan) throws(JSONError) -> JSONNode? {
    try delta?.member("message", in: data)?.member(name, in: data)
  }
}
