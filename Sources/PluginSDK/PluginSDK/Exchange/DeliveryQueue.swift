// SPDX-License-Identifier: Apache-2.0

/// A queue of the host's for entries that leave after an exchange: the host gathers, sends and tries again, and keeps them
/// when this process dies.
///
/// Declared by ``Plugin/queues``, filled by ``PhaseValue/deliver(_:to:severity:)``. Where entries go must be in the
/// instance's config, for it is the operator who decides who gets them.
public struct DeliveryQueue: Sendable, Hashable {
  /// Where entries go.
  public enum Destination: Sendable, Hashable {
    /// A batch is a request.
    case http(HTTPDestination)
    /// An entry is a line.
    case tcp(TCPDestination)
    /// An entry is a message in the machine's log.
    case syslog(SyslogDestination)
  }

  /// Unique within the instance.
  public var name: String
  /// Where entries go.
  public var destination: Destination
  /// How they are gathered and tried again.
  public var options: DeliveryOptions

  /// A queue.
  public init(_ name: String, to destination: Destination, _ options: DeliveryOptions = .init()) {
    self.name = name
    self.destination = destination
    self.options = options
  }
}

/// Kong's queue parameters.
public struct DeliveryOptions: Sendable, Hashable {
  /// Entries that are sent at once.
  public var batchSize = 1
  /// How long a batch waits to be filled, from its first entry on.
  public var coalescingDelay = Duration.seconds(1)
  /// Entries that may wait; beyond, the oldest are dropped.
  public var maxEntries = 10_000
  /// Bytes that may wait; nil: the host's own limit.
  public var maxBytes: Int?
  /// From a batch's first failure to its next try; it doubles with every further one.
  public var initialRetryDelay = Duration.milliseconds(10)
  /// The longest time between two tries.
  public var maxRetryDelay = Duration.seconds(60)
  /// From a batch's first try, after which a failure is its last; nil: it is not tried again.
  public var maxRetryTime: Duration? = .seconds(60)
  /// Batches that are under way at once.
  public var concurrency = 1

  /// Kong's defaults.
  public init() {}
}

/// Somebody who takes batches as requests of HTTP; a status from 200 to 299 says that one has arrived.
public struct HTTPDestination: Sendable, Hashable {
  /// An address that is in the config as it is, or as a secret.
  public enum Address: Sendable, Hashable {
    /// Absolute, http or https.
    case url(String)
    /// The handle of one. User information in it becomes Basic credentials.
    case secret(Secret)
  }

  /// The value of a header.
  public enum Value: Sendable, Hashable {
    /// As it is.
    case text(String)
    /// What the host fills in.
    case secret(Secret)
  }

  /// A header.
  public struct Header: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: Value

    /// A header.
    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// `POST`, `PUT` or `PATCH`.
  public var method = "POST"
  /// Where to.
  public var address: Address
  /// Of the body.
  public var contentType = "application/json"
  /// Sent with every request.
  public var headers: [Header] = []
  /// Of a request.
  public var timeout = Duration.seconds(10)
  /// How long an idle connection is kept.
  public var keepalive = Duration.seconds(60)
  /// Entries are JSON, and a batch an array of them; else a batch has one entry.
  public var isArray = false
  /// Whether the certificate of an https URL is verified.
  public var verifies = true

  /// A destination.
  public init(_ address: Address) { self.address = address }
}

/// Somebody who takes lines over TCP.
public struct TCPDestination: Sendable, Hashable {
  /// A name or an address.
  public var host: String
  /// 1 to 65535.
  public var port: Int
  /// To connect, and to write.
  public var timeout = Duration.seconds(10)
  /// How long an idle connection is kept.
  public var keepalive = Duration.seconds(60)
  /// Whether TLS is spoken.
  public var usesTLS = false
  /// The name to ask for and to expect; nil: the host.
  public var serverName: String?
  /// Whether the certificate is verified.
  public var verifies = true

  /// A destination.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

/// The log of the machine that the host runs on.
public struct SyslogDestination: Sendable, Hashable {
  /// The socket's path; nil: `/dev/log`.
  public var path: String?
  /// The program that messages name.
  public var tag: String
  /// The protocol's number (RFC 5424, 6.2.1).
  public var facility: Int

  /// A destination.
  public init(tag: String, facility: Int, path: String? = nil) {
    self.tag = tag
    self.facility = facility
    self.path = path
  }
}
