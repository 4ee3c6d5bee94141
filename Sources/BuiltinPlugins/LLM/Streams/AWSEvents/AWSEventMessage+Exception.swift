// SPDX-License-Identifier: Apache-2.0

extension AWSEventMessage {
  /// The bytes of an exception, with which AWS's services end a stream that fails: `{"message":"…"}`.
  ///
  /// - Parameter name: A member of the stream's union, such as `validationException`.
  package static func exception(_ name: StaticString, message: String) -> [UInt8] {
    bytes(
      headers: [
        (":exception-type", "\(name)"), (":content-type", "application/json"),
        (":message-type", "exception"),
      ], payload: JSONText { $0.object { $0.member("message", message) } }.bytes)
  }
}
