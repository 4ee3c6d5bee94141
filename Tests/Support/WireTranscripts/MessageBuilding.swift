// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages
package import PluginProtocol

/// The bytes of a message, filled in by the closure.
package func packed<Message>(
  _ initialise: (UnsafeMutablePointer<Message>?) -> Void,
  _ fill: (inout Message, MessageArena) -> Void = { _, _ in }
) -> [UInt8] {
  let arena = MessageArena()
  return withExtendedLifetime(arena) {
    let message = arena.part(initialise, fill)
    // Every generated message begins with its base.
    return message.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { base in
      let length = protobuf_c_message_get_packed_size(base)
      return [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
        count = protobuf_c_message_pack(base, bytes.baseAddress)
      }
    }
  }
}

extension MessageArena {
  /// A message in a message.
  package func part<Message>(
    _ initialise: (UnsafeMutablePointer<Message>?) -> Void,
    _ fill: (inout Message, MessageArena) -> Void = { _, _ in }
  ) -> UnsafeMutablePointer<Message> {
    let message = make(initialise)
    fill(&message.pointee, self)
    return message
  }

  /// A `repeated` field of messages.
  package func list<Message>(
    _ items: [UnsafeMutablePointer<Message>]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?> {
    let list = array(of: UnsafeMutablePointer<Message>?.self, count: items.count)
    for (index, item) in items.enumerated() { list[index] = item }
    return list
  }

  /// A `bytes` field.
  package func bytes(_ text: String) -> ProtobufCBinaryData {
    Array(text.utf8).withUnsafeBytes { bytes($0) }
  }

  package func header(
    _ name: String, _ value: String
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Header> {
    part({ patchbay__plugin__v1__header__init($0) }) { header, arena in
      header.name = arena.bytes(name)
      header.value = arena.bytes(value)
    }
  }

  package func edit(
    _ action: Patchbay__Plugin__V1__HeaderEdit__Action, _ name: String, _ value: String? = nil,
    secret: String? = nil
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__HeaderEdit> {
    part({ patchbay__plugin__v1__header_edit__init($0) }) { edit, arena in
      edit.action = action
      edit.name = arena.bytes(name)
      if let value {
        edit.source_case = PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_VALUE
        edit.value = arena.bytes(value)
      } else if let secret {
        edit.source_case = PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_SECRET
        edit.secret = arena.string(secret)
      }
    }
  }

  package func variable(
    _ name: String, integer: Int64
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Variable> {
    part({ patchbay__plugin__v1__variable__init($0) }) { variable, arena in
      variable.name = arena.string(name)
      variable.value_case = PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_INTEGER
      variable.integer = integer
    }
  }

  package func logField(
    _ path: String, _ json: String
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__LogField> {
    part({ patchbay__plugin__v1__log_field__init($0) }) { field, arena in
      field.path = arena.string(path)
      field.json = arena.bytes(json)
    }
  }
}
