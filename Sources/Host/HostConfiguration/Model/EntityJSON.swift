// SPDX-License-Identifier: Apache-2.0

import HostRouting

extension Service {
  /// The entity as Kong's log serializer writes it.
  package var json: String {
    String(decoding: ConfigurationValue(.object(members)).json(revealing: false), as: UTF8.self)
  }

  /// What a log entry and the admin API say alike.
  var members: [ConfigurationValue.Member] {
    [
      .init(name: "id", value: .text(id)),
      .init(name: "name", value: .text(name)),
      .init(name: "protocol", value: .text(isSecure ? "https" : "http")),
      .init(name: "host", value: .text(host)),
      .init(name: "port", value: .integer(port)),
      .init(name: "path", value: path.isEmpty ? ConfigurationValue(.null) : .text(path)),
      .init(name: "retries", value: .integer(retries)),
      .init(name: "connect_timeout", value: .integer(connectTimeout)),
      .init(name: "write_timeout", value: .integer(writeTimeout)),
      .init(name: "read_timeout", value: .integer(readTimeout)),
      .init(name: "enabled", value: ConfigurationValue(.bool(isEnabled))),
    ]
  }
}

extension Route {
  /// The entity as Kong's log serializer writes it.
  package func json(serviceID: String?) -> String {
    var members = members
    if let serviceID {
      members.append(.init(name: "service", value: .reference(serviceID)))
    }
    return String(
      decoding: ConfigurationValue(.object(members)).json(revealing: false), as: UTF8.self)
  }

  /// What a log entry and the admin API say alike.
  var members: [ConfigurationValue.Member] {
    [
      .init(name: "id", value: .text(id)),
      .init(name: "name", value: name.isEmpty ? ConfigurationValue(.null) : .text(name)),
      .init(name: "paths", value: .list(paths)),
      .init(name: "methods", value: .list(methods)),
      .init(name: "hosts", value: .list(hosts)),
      .init(
        name: "headers",
        value: headers.isEmpty
          ? ConfigurationValue(.null)
          : ConfigurationValue(
            .object(headers.map { .init(name: $0.name, value: .list($0.values)) }))),
      .init(name: "snis", value: .list(snis)),
      .init(name: "protocols", value: .list(protocols.isEmpty ? ["http", "https"] : protocols)),
      .init(name: "https_redirect_status_code", value: .integer(httpsRedirectStatus)),
      .init(name: "strip_path", value: ConfigurationValue(.bool(stripPath))),
      .init(name: "preserve_host", value: ConfigurationValue(.bool(preserveHost))),
      .init(name: "path_handling", value: .text(pathHandling.rawValue)),
      .init(name: "regex_priority", value: .integer(regexPriority)),
      .init(name: "request_buffering", value: ConfigurationValue(.bool(requestBuffering))),
      .init(name: "response_buffering", value: ConfigurationValue(.bool(responseBuffering))),
    ]
  }
}

extension Consumer {
  /// The entity as Kong's log serializer writes it: without what it does not have.
  package var json: String {
    var members = members.filter { $0.value.content != .null }
    if !tags.isEmpty { members.append(.init(name: "tags", value: .list(tags))) }
    return String(
      decoding: ConfigurationValue(.object(members)).json(revealing: false), as: UTF8.self)
  }

  /// What a log entry and the admin API say alike.
  var members: [ConfigurationValue.Member] {
    func text(_ text: String) -> ConfigurationValue { text.isEmpty ? .none : .text(text) }
    return [
      .init(name: "id", value: .text(id)),
      .init(name: "username", value: text(username)),
      .init(name: "custom_id", value: text(customID)),
    ]
  }
}

extension ConfigurationValue {
  static func text(_ text: String) -> ConfigurationValue {
    ConfigurationValue(.string(text))
  }

  static func integer(_ number: Int) -> ConfigurationValue {
    ConfigurationValue(.number(String(number)))
  }

  /// Null where there are none, as in Kong.
  static func list(_ texts: [String]) -> ConfigurationValue {
    texts.isEmpty ? ConfigurationValue(.null) : ConfigurationValue(.array(texts.map { .text($0) }))
  }

  /// Another entity, by its id; null where there is none.
  static func reference(_ id: String?) -> ConfigurationValue {
    id.map { ConfigurationValue(.object([.init(name: "id", value: .text($0))])) }
      ?? ConfigurationValue(.null)
  }
}
