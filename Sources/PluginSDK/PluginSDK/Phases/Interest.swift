// SPDX-License-Identifier: Apache-2.0

/// What an instance wants to see of a phase. What is not asked for is not sent.
public struct Interest: Sendable, Hashable {
  /// Header fields to show.
  public var headers: HeaderInterest
  /// Whether the whole body is waited for and shown.
  public var body: BodyInterest
  /// Names of the variables to show.
  public var variables: [String]
  /// The exchanges that it is for, decided by the host; nil: all.
  public var when: When?
  /// The phase never edits (it may respond), so that it may run beside its neighbours, whatever services it uses.
  public var inspects: Bool
  /// How long a call may take; nil: the host's default. The operator may lower it.
  public var deadline: Duration?

  /// Only the head, for all exchanges, unless more is asked for.
  public init(
    headers: HeaderInterest = [], body: BodyInterest = .none, variables: [String] = [],
    when: When? = nil, inspects: Bool = false, deadline: Duration? = nil
  ) {
    self.headers = headers
    self.body = body
    self.variables = variables
    self.when = when
    self.inspects = inspects
    self.deadline = deadline
  }
}

/// What an instance wants to see of streamed bodies.
public struct ChunkInterest: Sendable, Hashable {
  /// How the plugin sees a stream.
  public enum Mode: Sendable, Hashable {
    /// The client gets what the plugin released.
    case transform
    /// The client never waits for the plugin, and its edits do not count.
    case copy
  }

  /// By transformation or by copy. An earlier phase may choose otherwise with ``Later/chunk``.
  public var mode: Mode
  /// Header fields to show.
  public var headers: HeaderInterest
  /// Names of the variables to show.
  public var variables: [String]
  /// The exchanges that it is for, decided by the host; nil: all.
  public var when: When?
  /// How long a call may take; nil: the host's default.
  public var deadline: Duration?

  /// A transformation of all streams, unless it is narrowed.
  public init(
    _ mode: Mode = .transform, headers: HeaderInterest = [], variables: [String] = [],
    when: When? = nil, deadline: Duration? = nil
  ) {
    self.mode = mode
    self.headers = headers
    self.variables = variables
    self.when = when
    self.deadline = deadline
  }
}

/// What an instance wants to see of exchanges that are over.
public struct CompleteInterest: Sendable, Hashable {
  /// Header fields to show, of both heads.
  public var headers: HeaderInterest
  /// Names of the variables to show.
  public var variables: [String]
  /// The exchanges that it is for, decided by the host; nil: all.
  public var when: When?
  /// Whether a copy of the request's body is wanted.
  public var requestBody: Bool
  /// Whether a copy of the response's body is wanted.
  public var responseBody: Bool
  /// Bytes of each body at most; nil: the host's own limit.
  public var bodyLimit: Int?
  /// How long a call may take; nil: the host's default.
  public var deadline: Duration?

  /// Facts of all exchanges, unless more is asked for.
  public init(
    headers: HeaderInterest = [], variables: [String] = [], when: When? = nil,
    requestBody: Bool = false, responseBody: Bool = false, bodyLimit: Int? = nil,
    deadline: Duration? = nil
  ) {
    self.headers = headers
    self.variables = variables
    self.when = when
    self.requestBody = requestBody
    self.responseBody = responseBody
    self.bodyLimit = bodyLimit
    self.deadline = deadline
  }
}

/// Header fields to show: `[]`, `["content-type", "x-team"]` or `.all`.
///
/// `authorization`, `cookie` and their proxy twins are shown only when they are named, beside `.all` too:
/// `.all + ["authorization"]`.
public struct HeaderInterest: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// Lower case; `*` is all.
  package let names: [String]

  /// The fields of these names.
  public init(arrayLiteral elements: String...) { self.init(elements) }

  /// The fields of these names.
  public init(_ names: [String]) { self.names = names.map { $0.lowercased() } }

  /// All that need not be named.
  public static let all: HeaderInterest = ["*"]

  /// The fields of both.
  public static func + (left: HeaderInterest, right: HeaderInterest) -> HeaderInterest {
    HeaderInterest(left.names + right.names)
  }
}

/// Whether a phase waits for the whole body.
public enum BodyInterest: Sendable, Hashable {
  /// The head only.
  case none
  /// The whole body. One that is longer than the limit is an outcome of its own: too large.
  case whole(limit: Int? = nil)
}

/// A condition on exchanges that the host evaluates. All that is given must hold; in a list, one must.
public struct When: Sendable, Hashable {
  /// Methods, upper case.
  public var methods: [String]
  /// Beginnings of the path.
  public var pathPrefixes: [String]
  /// Header fields that must be there.
  public var headers: [HeaderCondition]
  /// Media types without parameters; of the request in the `request` phase, else of the response.
  public var contentTypes: [String]
  /// Bytes of the body, as far as `Content-Length` tells.
  public var minBody: Int?
  /// Bytes of the body at most, as far as `Content-Length` tells.
  public var maxBody: Int?

  /// All exchanges, unless it is narrowed.
  public init(
    methods: [String] = [], pathPrefixes: [String] = [], headers: [HeaderCondition] = [],
    contentTypes: [String] = [], minBody: Int? = nil, maxBody: Int? = nil
  ) {
    self.methods = methods
    self.pathPrefixes = pathPrefixes
    self.headers = headers
    self.contentTypes = contentTypes
    self.minBody = minBody
    self.maxBody = maxBody
  }
}

/// A header field that must be there.
public struct HeaderCondition: Sendable, Hashable {
  /// The name.
  public var name: String
  /// Nil: whatever its value.
  public var value: String?

  /// A condition on a field.
  public init(_ name: String, is value: String? = nil) {
    self.name = name
    self.value = value
  }
}
