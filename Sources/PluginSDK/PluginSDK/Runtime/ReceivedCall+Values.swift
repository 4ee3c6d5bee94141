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

extension Summary {
  init(_ message: Patchbay__Plugin__V1__Summary?) {
    func microseconds(_ value: UInt64?) -> Duration { .microseconds(Int64(clamping: value ?? 0)) }
    status = Int(message?.status ?? 0)
    source = Source(message?.source)
    requestBytes = message?.request_bytes ?? 0
    responseBytes = message?.response_bytes ?? 0
    requestHeadBytes = message?.request_head_bytes ?? 0
    responseHeadBytes = message?.response_head_bytes ?? 0
    firstByte = microseconds(message?.first_byte_us)
    total = microseconds(message?.total_us)
    upstream = microseconds(message?.upstream_us)
    plugins = microseconds(message?.plugins_us)
    clientAborted = (message?.client_aborted ?? 0) != 0
    truncated = (message?.truncated ?? 0) != 0
    calls = (0..<(message?.n_calls ?? 0)).compactMap { index in
      (message?.calls[index]?.pointee).map { CallOutcome($0) }
    }
    logFields = (0..<(message?.n_log_fields ?? 0)).compactMap { index in
      (message?.log_fields[index]?.pointee).map {
        (path: String($0.path), json: String(decoding: $0.json.view, as: UTF8.self))
      }
    }
    upstreamURL = String(message?.upstream_url)
    tries = Int(message?.tries ?? 0)
    requestID = String(message?.request_id)
    serviceJSON = String(message?.service_json)
    routeJSON = String(message?.route_json)
    upstreamStatus = Int(message?.upstream_status ?? 0)
    upstreamTries = (0..<(message?.n_upstream_tries ?? 0)).compactMap { index in
      (message?.upstream_tries[index]?.pointee).map { UpstreamTry($0) }
    }
    consumerJSON = String(message?.consumer_json)
    credentialID = String(message?.credential_id)
    tlsVersion = String(message?.tls_version)
    tlsCipher = String(message?.tls_cipher)
    tlsClientVerify = String(message?.tls_client_verify)
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
    phase = Phase(rawValue: Int(message.phase.rawValue)).map { "\($0)" } ?? "unknown"
    outcome = String(message.outcome)
    duration = .microseconds(Int64(clamping: message.duration_us))
  }
}
