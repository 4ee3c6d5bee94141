// SPDX-License-Identifier: Apache-2.0

import LLM

// The library reads spans, which an expectation cannot capture: the same calls over arrays.

extension JSONNode {
  init(scanning bytes: [UInt8]) throws(JSONError) {
    try self.init(scanning: bytes.span.bytes)
  }

  static func validated(
    in bytes: [UInt8], maximumDepth: Int = JSONLimits.maximumDepth
  ) throws(JSONError) -> JSONNode {
    try validated(in: bytes.span.bytes, maximumDepth: maximumDepth)
  }

  func value(at path: [JSONStep], in bytes: [UInt8]) throws(JSONError) -> JSONNode? {
    try value(at: path, in: bytes.span.bytes)
  }

  func member(_ name: StaticString, in bytes: [UInt8]) throws(JSONError) -> JSONNode? {
    try member(name, in: bytes.span.bytes)
  }

  func string(in bytes: [UInt8]) -> String? { string(in: bytes.span.bytes) }

  func isString(_ other: String, in bytes: [UInt8]) -> Bool {
    isString(equalTo: other, in: bytes.span.bytes)
  }

  func integer(in bytes: [UInt8]) -> Int? { integer(in: bytes.span.bytes) }

  func scalarCount(in bytes: [UInt8]) -> Int { scalarCount(in: bytes.span.bytes) }

  func isEmpty(in bytes: [UInt8]) -> Bool { isEmpty(in: bytes.span.bytes) }
}

extension JSONTree {
  init(_ node: JSONNode, in bytes: [UInt8]) throws(JSONError) {
    try self.init(node, in: bytes.span.bytes)
  }
}

extension JSONMembers {
  mutating func next(in bytes: [UInt8]) throws(JSONError) -> JSONMember? {
    try next(in: bytes.span.bytes)
  }
}

extension JSONEdit {
  func splices(in bytes: [UInt8], object: JSONNode) throws(JSONError) -> [Splice] {
    try splices(in: bytes.span.bytes, object: object)
  }
}

extension Splice {
  static func apply(_ splices: [Splice], to body: [UInt8]) -> [UInt8] {
    apply(splices, to: body.span.bytes)
  }
}

extension TokenEstimate {
  static func words(in bytes: [UInt8], request: JSONNode) throws(JSONError) -> Int {
    try words(in: bytes.span.bytes, request: request)
  }
}
