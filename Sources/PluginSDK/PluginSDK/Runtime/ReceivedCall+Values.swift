// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages
import PluginProtocol

extension Variable {
  package init?(_ variable: Patchbay__Plugin__V1__Variable) {
    switch variable.value_case {
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_TEXT: self = .text(String(variable.text))
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_INTEGER: self = .integer(variable.integer)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_NUMBER: self = .number(variable.number)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_BOOLEAN: self = .boolean(variable.boolean != 0)
    case PATCHBAY__PLUGIN__V1__VARIABLE__VALUE_JSON:
      guard let json = try? JSONValue(parsing: variable.json.view) else { return nil }
      self = .json(json)
    default: return nil
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
  init(_ source: Patchbay__Plugin__V1__Source?) {
    switch source {
    case PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_PLUGIN: self = .plugin
    case PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_HOST: self = .host
    default: self = .upstream
    }
  }
}

extension UpstreamTry {
  init(_ message: Patchbay__Plugin__V1__UpstreamTry) {
    self.init(
      host: String(message.host), port: Int(message.port),
      startedAt: Int(clamping: message.started_us),
      connected: .microseconds(Int64(clamping: message.connected_us)), error: String(message.error),
      status: Int(message.status))
  }
}

extension CallOutcome {
  init(_ message: Patchbay__Plugin__V1__CallOutcome) {
    plugin = String(message.plugin)
    phase = Phase(rawValue: Int(message.phase.rawValue))?.name ?? "unknown"
    outcome = String(message.outcome)
    duration = .microseconds(Int64(clamping: message.duration_us))
  }
}
