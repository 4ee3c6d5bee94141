// SPDX-License-Identifier: Apache-2.0

import LogEntries
import PluginSDK

/// The config of Kong's `http-log`.
struct HTTPLogConfig: Decodable, Sendable {
  /// A secret: it may have user information in it.
  var httpEndpoint: Secret
  var method: String
  var contentType: String
  /// Milliseconds, as `keepalive`.
  var timeout: Double
  var keepalive: Double
  var headers: [String: Secret]?
  var sslVerify: Bool
  var queue: QueueRecord
  /// Deprecated; stands for `queue.max_batch_size` unless it has its old default.
  var queueSize: Int?
  /// Deprecated; stands for `queue.max_coalescing_delay` unless it has its old default.
  var flushTimeout: Double?

  enum CodingKeys: String, CodingKey {
    case httpEndpoint = "http_endpoint"
    case method
    case contentType = "content_type"
    case timeout, keepalive, headers
    case sslVerify = "ssl_verify"
    case queue
    case queueSize = "queue_size"
    case flushTimeout = "flush_timeout"
  }

  static let schema = ConfigSchema(
    [
      "http_endpoint": .string.required.secret.describe(
        "where to, an http or https URL; user information in it becomes Basic credentials"),
      "method": .string.default("POST").oneOf("POST", "PUT", "PATCH").describe(
        "the method of the requests"),
      "content_type": .string.default("application/json").oneOf(
        "application/json", "application/json; charset=utf-8"
      ).describe("the media type of the bodies"),
      "timeout": .number.default(10_000).check(notNegative).describe(
        "milliseconds that a request may take"),
      "keepalive": .number.default(60_000).check(notNegative).describe(
        "milliseconds that an idle connection is kept"),
      "headers": .map(of: .string.secret).describe("sent with every request"),
      "ssl_verify": .boolean.default(true).describe(
        "whether the certificate of an https URL is verified"),
      "queue": QueueRecord.schema,
      CustomFields.name: CustomFields.type,
      "retry_count": .integer.deprecated(
        "http-log: config.retry_count no longer works, please use config.queue.max_retry_time instead"
      ).describe("accepted; has no effect"),
      "queue_size": .integer.deprecated(
        "http-log: config.queue_size is deprecated, please use config.queue.max_batch_size instead"
      ).describe("another name of `queue.max_batch_size`"),
      "flush_timeout": .number.deprecated(
        "http-log: config.flush_timeout is deprecated, please use config.queue.max_coalescing_delay instead"
      ).describe("another name of `queue.max_coalescing_delay`"),
    ],
    checks: [CustomFields.check, headerNames])

  private static let notNegative: @Sendable (JSONValue) -> String? = { value in
    (value.double ?? 0) < 0 ? "value must be 0 or greater" : nil
  }

  /// Those that the host writes are not the user's.
  private static let headerNames = ConfigCheck.custom { config in
    let names = config["headers"]?.object?.members.map(\.name) ?? []
    return names.compactMap { name in
      for own in ["Host", "Content-Length", "Content-Type"]
      where name.lowercased() == own.lowercased() {
        return ConfigDiagnostic("/headers", "cannot contain '\(own)' header")
      }
      return HeaderName.problem(name).map { ConfigDiagnostic("/headers", $0) }
    }
  }

  /// Where the host sends entries.
  var destination: HTTPDestination {
    var destination = HTTPDestination(.secret(httpEndpoint))
    destination.method = method
    destination.contentType = contentType
    destination.timeout = .milliseconds(timeout)
    destination.keepalive = .milliseconds(keepalive)
    destination.headers = (headers ?? [:]).sorted { $0.key < $1.key }.map {
      HTTPDestination.Header($0.key, .secret($0.value))
    }
    destination.verifies = sslVerify
    destination.isArray = options.batchSize > 1
    return destination
  }

  /// The queue, with what deprecated fields say of it.
  var options: DeliveryOptions {
    var options = queue.options
    if let queueSize, queueSize != 1 { options.batchSize = max(1, queueSize) }
    if let flushTimeout, flushTimeout != 2 {
      options.coalescingDelay = .seconds(max(0, flushTimeout))
    }
    return options
  }
}
