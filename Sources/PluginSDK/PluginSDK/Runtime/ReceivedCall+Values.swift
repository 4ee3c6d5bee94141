// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

extension Variable {
  init?(_ variable: VariableMessage) {
    switch variable.value {
    case .text(let text): self = .text(String(decoding: text, as: UTF8.self))
    case .integer(let integer): self = .integer(integer)
    case .number(let number): self = .number(number)
    case .boolean(let boolean): self = .boolean(boolean)
    case .json(let json):
      guard let json = try? JSONValue(parsing: json) else { return nil }
      self = .json(json)
    case nil: return nil
    }
  }
}

extension Consumer {
  init(_ message: Patchbay__Plugin__V1__Consumer) {
    func texts(
      _ field: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int
    ) -> [String] {
      (0..<count).map { String(field?[$0]) }
    }
    self.init(
      id: String(message.id), username: String(message.username),
      customID: String(message.custom_id), tags: texts(message.tags, message.n_tags),
      accessGroups: texts(message.acl_groups, message.n_acl_groups),
      groups: texts(message.groups, message.n_groups))
  }
}

extension Source {
  /// The protocol's number.
  init(number: UInt32) {
    switch number {
    case PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_PLUGIN.rawValue: self = .plugin
    case PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_HOST.rawValue: self = .host
    default: self = .upstream
    }
  }
}

extension UpstreamTry {
  init(_ message: UpstreamTryMessage) {
    self.init(
      host: String(decoding: message.host, as: UTF8.self), port: Int(message.port),
      startedAt: Int(clamping: message.started),
      connected: .microseconds(Int64(clamping: message.connected)),
      error: String(decoding: message.error, as: UTF8.self), status: Int(message.status))
  }
}

extension CallOutcome {
  init(_ message: CallOutcomeMessage) {
    plugin = String(decoding: message.plugin, as: UTF8.self)
    phase = Phase(rawValue: Int(message.phase))?.name ?? "unknown"
    outcome = String(decoding: message.outcome, as: UTF8.self)
    duration = .microseconds(Int64(clamping: message.duration))
  }
}
