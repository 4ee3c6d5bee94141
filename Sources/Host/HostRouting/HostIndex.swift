// SPDX-License-Identifier: Apache-2.0

/// Which groups of candidates a host leads to: the exact one, and those of every wildcard that covers it.
struct HostIndex: Sendable {
  /// Names of one kind, each with its group.
  private struct Names: Sendable {
    let keys: SortedBytes
    let groups: [Int]

    init(_ names: [[UInt8]: Int]) {
      keys = SortedBytes(names.keys)
      groups = (0..<keys.count).compactMap { [keys] in names[Array(keys[$0])] }
    }

    func group(of name: UnsafeRawBufferPointer) -> Int? { keys.index(of: name).map { groups[$0] } }
  }

  /// The hosts that name one port, or none.
  private struct Hosts: Sendable {
    let port: Int?
    let exact: Names
    let suffixes: Names
    let prefixes: Names
  }

  private let all: [Hosts]

  /// - Parameter groups: every host, and its group.
  init(_ groups: [RouteHost: Int]) {
    let ports = Set(groups.keys.map(\.port))
    all = ports.sorted { ($0 ?? -1) < ($1 ?? -1) }.map { port in
      func names(_ kind: RouteHost.Kind) -> Names {
        let chosen = groups.filter { $0.key.port == port && $0.key.kind == kind }
        return Names(Dictionary(uniqueKeysWithValues: chosen.map { ($0.key.name, $0.value) }))
      }
      return Hosts(
        port: port, exact: names(.exact), suffixes: names(.suffix), prefixes: names(.prefix))
    }
  }

  /// Calls with the group of every host that covers the request's.
  ///
  /// A wildcard with a port is also covered by the port that the scheme implies; an exact host asks for it to be sent, as in
  /// Kong.
  func forEachGroup(
    of authority: UnsafeRawBufferPointer, isSecure: Bool, _ body: (Int) -> Void
  ) {
    guard !all.isEmpty, !authority.isEmpty else { return }
    let host = RequestHost(authority)
    let port = host.port ?? (isSecure ? 443 : 80)
    host.name.withLowercased { name in
      for hosts in all {
        if hosts.port == nil || hosts.port == host.port, let group = hosts.exact.group(of: name) {
          body(group)
        }
        if hosts.port == nil || hosts.port == port { Self.forEachWildcard(in: hosts, name, body) }
      }
    }
  }

  private static func forEachWildcard(
    in hosts: Hosts, _ name: UnsafeRawBufferPointer, _ body: (Int) -> Void
  ) {
    guard !hosts.suffixes.keys.isEmpty || !hosts.prefixes.keys.isEmpty else { return }
    // The star stands for one byte at least.
    for index in name.indices where name[index] == UInt8(ascii: ".") {
      if index > 0, name.count - index <= hosts.suffixes.keys.longest {
        let end = UnsafeRawBufferPointer(rebasing: name[index...])
        if let group = hosts.suffixes.group(of: end) { body(group) }
      }
      if index + 1 < name.count, index < hosts.prefixes.keys.longest {
        let start = UnsafeRawBufferPointer(rebasing: name[...index])
        if let group = hosts.prefixes.group(of: start) { body(group) }
      }
    }
  }
}
