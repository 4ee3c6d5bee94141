// SPDX-License-Identifier: Apache-2.0

/// Encodes `Encodable` types as compact JSON, members in the order in which they are encoded.
///
/// It writes straight into bytes: a checkpoint is encoded after every call.
final class JSONBytesEncoder {
  /// What was encoded since ``reset()``.
  fileprivate(set) var bytes: [UInt8] = []
  fileprivate var open: [Container] = []
  fileprivate var path: [any CodingKey] = []

  fileprivate struct Container {
    let close: UInt8
    var isEmpty = true
  }

  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONBytesEncoder()
    encoder.bytes.reserveCapacity(128)
    try encoder.encode(value)
    return encoder.bytes
  }

  func reset() {
    bytes.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    path.removeAll(keepingCapacity: true)
  }

  /// Encodes one value at the current position.
  func encode<Value: Encodable>(_ value: Value) throws {
    // To compare types is ten times as fast as to cast, for which the value is boxed.
    if Value.self == JSONValue.self, let json = value as? JSONValue {
      JSONWriter.write(json, to: &bytes)
      return
    }
    let depth = open.count
    let start = bytes.count
    try value.encode(to: JSONEncoding(output: self))
    close(to: depth)
    // A type that encodes nothing at all is an empty object.
    if bytes.count == start { bytes += "{}".utf8 }
  }

  fileprivate func begin(_ opening: UInt8, _ closing: UInt8) -> Int {
    bytes.append(opening)
    open.append(Container(close: closing))
    return open.count
  }

  fileprivate func close(to depth: Int) {
    while open.count > depth {
      bytes.append(open.removeLast().close)
    }
  }

  /// Makes room for the next element of the container at `depth`, closing what is nested in it.
  fileprivate func separate(_ depth: Int) {
    close(to: depth)
    if !open[depth - 1].isEmpty { bytes.append(UInt8(ascii: ",")) }
    open[depth - 1].isEmpty = false
  }

  fileprivate func key(_ key: any CodingKey, _ depth: Int) {
    separate(depth)
    JSONWriter.write(key.stringValue, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }

  fileprivate func scalar(_ text: StaticString) {
    bytes += UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  @inline(__always)
  fileprivate func integer(_ value: some FixedWidthInteger) {
    JSONWriter.decimal(value, to: &bytes)
  }

  fileprivate func floating(_ value: Double) throws {
    guard let number = JSONNumber(value) else {
      throw EncodingError.invalidValue(
        value, EncodingError.Context(codingPath: path, debugDescription: "JSON has no such number"))
    }
    bytes += number.text.utf8
  }
}

private struct JSONEncoding: Encoder, SingleValueEncodingContainer {
  let output: JSONBytesEncoder
  var codingPath: [any CodingKey] { output.path }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    let depth = output.begin(UInt8(ascii: "{"), UInt8(ascii: "}"))
    return KeyedEncodingContainer(JSONKeyedEncoding(output: output, depth: depth))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONUnkeyedEncoding(output: output, depth: output.begin(UInt8(ascii: "["), UInt8(ascii: "]")))
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() { output.scalar("null") }
  func encode(_ value: Bool) { output.scalar(value ? "true" : "false") }
  func encode(_ value: String) { JSONWriter.write(value, to: &output.bytes) }
  func encode(_ value: Double) throws { try output.floating(value) }
  func encode(_ value: Float) throws { try output.floating(Double(value)) }
  func encode(_ value: Int) { output.integer(value) }
  func encode(_ value: Int8) { output.integer(value) }
  func encode(_ value: Int16) { output.integer(value) }
  func encode(_ value: Int32) { output.integer(value) }
  func encode(_ value: Int64) { output.integer(value) }
  func encode(_ value: UInt) { output.integer(value) }
  func encode(_ value: UInt8) { output.integer(value) }
  func encode(_ value: UInt16) { output.integer(value) }
  func encode(_ value: UInt32) { output.integer(value) }
  func encode(_ value: UInt64) { output.integer(value) }
  func encode(_ value: some Encodable) throws { try output.encode(value) }
}

private struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let output: JSONBytesEncoder
  let depth: Int
  var codingPath: [any CodingKey] { output.path }

  func encodeNil(forKey key: Key) {
    output.key(key, depth)
    output.scalar("null")
  }

  // The commonest members, without an encoder of their own.
  func encode(_ value: Bool, forKey key: Key) {
    output.key(key, depth)
    output.scalar(value ? "true" : "false")
  }

  func encode(_ value: Int, forKey key: Key) {
    output.key(key, depth)
    output.integer(value)
  }

  func encode(_ value: String, forKey key: Key) {
    output.key(key, depth)
    JSONWriter.write(value, to: &output.bytes)
  }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    output.key(key, depth)
    output.path.append(key)
    try output.encode(value)
    output.path.removeLast()
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    output.key(key, depth)
    return JSONEncoding(output: output).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    output.key(key, depth)
    return JSONEncoding(output: output).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { superEncoder(for: PathKey(stringValue: "super")) }
  func superEncoder(forKey key: Key) -> any Encoder { superEncoder(for: key) }

  private func superEncoder(for key: any CodingKey) -> any Encoder {
    output.key(key, depth)
    return JSONEncoding(output: output)
  }
}

private struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
  let output: JSONBytesEncoder
  let depth: Int
  var count = 0
  var codingPath: [any CodingKey] { output.path }

  init(output: JSONBytesEncoder, depth: Int) {
    self.output = output
    self.depth = depth
  }

  mutating func encodeNil() {
    next()
    output.scalar("null")
  }

  mutating func encode(_ value: some Encodable) throws {
    next()
    try output.encode(value)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    next()
    return JSONEncoding(output: output).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    next()
    return JSONEncoding(output: output).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder {
    next()
    return JSONEncoding(output: output)
  }

  private mutating func next() {
    output.separate(depth)
    count += 1
  }
}
