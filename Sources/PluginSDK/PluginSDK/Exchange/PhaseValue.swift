// SPDX-License-Identifier: Apache-2.0

/// What the values of all phases have in common: facts of the exchange, and what a reply may add.
///
/// Everything that is set here is part of the call's reply: it counts when the call succeeds.
public protocol PhaseValue: Sendable {
  /// The call that this value belongs to.
  var context: PhaseContext { get set }
}

/// The call behind a phase's value. Its contents are reached through the value.
public struct PhaseContext: Sendable {
  let received: ReceivedCall
  var effects = Effects()

  init(_ received: ReceivedCall) { self.received = received }
}

/// What a reply may carry in every phase.
struct Effects: Sendable {
  var variables: [(name: String, value: Variable)] = []
  var logFields = LogFields()
  var metrics = MetricList()
  var later = Later()
  var lines: [(file: String, line: [UInt8])] = []
  var deliveries: [(queue: String, entry: [UInt8], severity: Int)] = []
  var errorTemplate: ErrorTemplate?
}

extension PhaseValue {
  /// Identifies the exchange, for as long as the host runs.
  public var exchangeID: UInt64 { context.received.exchange }

  /// 0, unless the call is run again after a process died.
  public var attempt: Int { context.received.attempt }

  /// The variables that the interest names, and those that this reply sets.
  public var variables: Variables {
    get { Variables(received: context.received, set: context.effects.variables) }
    set { context.effects.variables = newValue.set }
  }

  /// Members of the exchange's log entry.
  public var logFields: LogFields {
    get { context.effects.logFields }
    set { context.effects.logFields = newValue }
  }

  /// Measurements.
  public var metrics: MetricList {
    get { context.effects.metrics }
    set { context.effects.metrics = newValue }
  }

  /// What this exchange still wants of later phases.
  public var later: Later {
    get { context.effects.later }
    set { context.effects.later = newValue }
  }

  /// How errors of the host in this exchange look to this client.
  public var errorTemplate: ErrorTemplate? {
    get { context.effects.errorTemplate }
    set { context.effects.errorTemplate = newValue }
  }

  /// Adds a line to one of the plugin's ``Plugin/logFiles``. The line feed is added by the host.
  public mutating func write(_ line: String, to file: String) {
    context.effects.lines.append((file, Array(line.utf8)))
  }

  /// Adds a line to one of the plugin's ``Plugin/logFiles``. The line feed is added by the host.
  public mutating func write(_ line: [UInt8], to file: String) {
    context.effects.lines.append((file, line))
  }
}

extension PhaseValue {
  /// Hands an entry over to one of the plugin's ``Plugin/queues``.
  ///
  /// - Parameter severity: of a message for syslog, 0 (an emergency) to 7; others have none.
  public mutating func deliver(_ entry: String, to queue: String, severity: Int = 6) {
    deliver(Array(entry.utf8), to: queue, severity: severity)
  }

  /// Hands an entry over to one of the plugin's ``Plugin/queues``.
  ///
  /// - Parameter severity: of a message for syslog, 0 (an emergency) to 7; others have none.
  public mutating func deliver(_ entry: [UInt8], to queue: String, severity: Int = 6) {
    context.effects.deliveries.append((queue, entry, severity))
  }
}

/// Typed, named facts that plugins of an exchange set for each other.
public struct Variables: Sendable {
  let received: ReceivedCall
  var set: [(name: String, value: Variable)]

  /// The value of a variable: what this reply sets, else what the host showed.
  public subscript(name: String) -> Variable? {
    get { set.last { $0.name == name }?.value ?? received.variable(name) }
    set {
      if let newValue {
        set.append((name, newValue))
      } else {
        set.removeAll { $0.name == name }
      }
    }
  }
}

/// Members of the exchange's log entry, by dotted paths such as `ai.proxy.usage`.
public struct LogFields: Sendable {
  var fields: [(path: String, json: [UInt8])] = []

  /// The member that this reply adds.
  public subscript(path: String) -> JSONValue? {
    get {
      fields.last { $0.path == path }.flatMap { field in
        field.json.withUnsafeBytes { try? JSONValue(parsing: $0) }
      }
    }
    set {
      if let newValue {
        set(path, json: JSONWriter.bytes(of: newValue))
      } else {
        fields.removeAll { $0.path == path }
      }
    }
  }

  /// Adds a member, given the text of one JSON value.
  package mutating func set(_ path: String, json: [UInt8]) {
    if let index = fields.firstIndex(where: { $0.path == path }) {
      fields[index].json = json
    } else {
      fields.append((path, json))
    }
  }
}

/// What an exchange still wants of later phases. Nil is as it was subscribed.
public struct Later: Sendable, Hashable {
  /// A change of the `response` phase.
  public enum ResponseChange: Sendable { case drop, headOnly, wholeBody }
  /// A change of the `chunk` phase.
  public enum ChunkChange: Sendable { case drop, copy, transform }
  /// A change of another phase.
  public enum Change: Sendable { case drop }

  /// The `retry` phase.
  public var retry: Change?
  /// The `response` phase.
  public var response: ResponseChange?
  /// The `chunk` phase.
  public var chunk: ChunkChange?
  /// The `complete` phase.
  public var complete: Change?

  /// Nothing changes.
  public init() {}

  /// The exchange wants no further call.
  package static let nothing: Later = {
    var later = Later()
    later.retry = .drop
    later.response = .drop
    later.chunk = .drop
    later.complete = .drop
    return later
  }()
}

/// How an error of the host becomes a body in the client's dialect.
///
/// `{status}`, `{code}`, `{message}` and `{request_id}` stand for the facts, escaped for JSON.
public struct ErrorTemplate: Sendable, Hashable {
  /// Media type of the body.
  public var contentType: String
  /// The body, with the placeholders.
  public var body: String
  /// Written into an event stream that has begun, between two of its events; any other response is cut.
  public var event: String

  /// A template.
  public init(contentType: String = "application/json", body: String, event: String = "") {
    self.contentType = contentType
    self.body = body
    self.event = event
  }
}
