// SPDX-License-Identifier: Apache-2.0

extension JSONValue: Codable {
  /// Decodes the value.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONValueDecoder {
      self = decoder.value
    } else if let object = try? decoder.container(keyedBy: PathKey.self) {
      self = .object(
        JSONObject(
          try object.allKeys.map { ($0.stringValue, try object.decode(JSONValue.self, forKey: $0)) }
        ))
    } else if var array = try? decoder.unkeyedContainer() {
      var elements: [JSONValue] = []
      while !array.isAtEnd { elements.append(try array.decode(JSONValue.self)) }
      self = .array(elements)
    } else {
      let scalar = try decoder.singleValueContainer()
      if scalar.decodeNil() {
        self = .null
      } else if let bool = try? scalar.decode(Bool.self) {
        self = .bool(bool)
      } else if let int = try? scalar.decode(Int64.self) {
        self = .int(int)
      } else if let double = try? scalar.decode(Double.self) {
        self = .double(double)
      } else {
        self = .string(try scalar.decode(String.self))
      }
    }
  }

  /// Encodes the value.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let object):
      var container = encoder.container(keyedBy: PathKey.self)
      for member in object.members {
        try container.encode(member.value, forKey: PathKey(stringValue: member.name))
      }
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let bool):
      var container = encoder.singleValueContainer()
      try container.encode(bool)
    case .string(let text):
      var container = encoder.singleValueContainer()
      try container.encode(text)
    case .number(let number):
      var container = encoder.singleValueContainer()
      if let int = number.int {
        try container.encode(int)
      } else {
        try container.encode(number.double)
      }
    }
  }
}
