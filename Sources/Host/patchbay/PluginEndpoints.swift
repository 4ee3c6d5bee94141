// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import HostGateway
import HostProcesses
import NIOCore

/// The plugin processes in the admin API: how they fare, and what can be done with them.
enum PluginEndpoints {
  static func add(to routes: inout AdminRoutes, _ control: ControlPlane) {
    routes.add("GET", "/plugins/processes") { _, _ in
      .json(ProcessList(await control.processes()))
    }
    routes.add("GET", "/plugins/processes/{name}") { _, path in
      let name = path["name"] ?? ""
      guard await control.isConfigured(name) else {
        return .error(404, "no plugin '\(name)' is in the configuration")
      }
      return .json(ProcessList(await control.processes(of: name)))
    }
    routes.add("PUT", "/plugins/processes/{name}") { request, path in
      await answer(control) { () async throws(ChangeRefused) in
        let order = try SwapOrder(request)
        return try await control.swap(
          path["name"] ?? "", to: try order.source, canary: order.canary,
          promoteAfter: order.promoteAfter.map { .milliseconds(Int64($0 * 1000)) })
      }
    }
    routes.add("POST", "/plugins/processes/{name}/rollback") { _, path in
      await answer(control) { () async throws(ChangeRefused) in
        try await control.rollback(path["name"] ?? "")
      }
    }
    routes.add("POST", "/plugins/processes/{name}/promote") { _, path in
      await answer(control) { () async throws(ChangeRefused) in
        try await control.promote(path["name"] ?? "")
      }
    }
    addAttachments(to: &routes, control)
  }

  private static func addAttachments(to routes: inout AdminRoutes, _ control: ControlPlane) {
    routes.add("POST", "/plugins/processes/{name}/attach") { request, path in
      await answer(control) { () async throws(ChangeRefused) in
        try await control.attach(path["name"] ?? "", header: try AttachOrder(request).header)
      }
    }
    routes.add("POST", "/plugins/processes/{name}/detach") { _, path in
      await answer(control) { () async throws(ChangeRefused) in
        try await control.detach(path["name"] ?? "")
      }
    }
  }

  private static func answer(
    _ control: ControlPlane,
    _ change: @Sendable () async throws(ChangeRefused) -> PluginChange
  ) async -> AdminResponse {
    do {
      let change = try await change()
      return .json(ChangeAnswer(change, await control.processes(of: change.plugin)))
    } catch {
      return switch error {
      case .notFound(let text): .error(404, text)
      case .invalid(let text): .error(400, text)
      case .conflict(let text): .error(409, text)
      }
    }
  }
}

/// The body of `PUT /plugins/processes/NAME`.
private struct SwapOrder: Decodable {
  var version: String?
  var path: String?
  /// Percent of the exchanges.
  var canary: Double?
  /// Seconds.
  var promoteAfter: Double?

  /// As they are spelt in JSON.
  private static let members = ["version", "path", "canary", "promote_after"]

  /// Whatever it is.
  private struct AnyMember: Decodable {
    init(from _: any Decoder) {}
  }

  init(_ request: AdminRequest) throws(ChangeRefused) {
    do {
      let members = try request.json([String: AnyMember].self)
      if let unknown = members.keys.sorted().first(where: { !Self.members.contains($0) }) {
        throw ChangeRefused.invalid("\(unknown): unknown field")
      }
      self = try request.json(SwapOrder.self)
    } catch let refused as ChangeRefused {
      throw refused
    } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
      let name = context.codingPath[0].stringValue
      let isText = name == "version" || name == "path"
      throw .invalid(
        "\(name == "promoteAfter" ? "promote_after" : name): \(isText ? "a string" : "a number") is expected"
      )
    } catch {
      throw .invalid(
        #"the body should be JSON like {"version": "1.2.0"} or {"path": "/…", "canary": 10}"#)
    }
    if let promoteAfter, !(0...Double(Seconds.limit)).contains(promoteAfter) {
      throw .invalid("promote_after: seconds, 0 to \(Seconds.limit)")
    }
    if promoteAfter != nil, canary == nil {
      throw .invalid("promote_after: only a canary is promoted")
    }
  }

  var source: PackageSource {
    get throws(ChangeRefused) {
      switch (version, path) {
      case (let version?, nil): return .version(version)
      case (nil, let path?):
        guard path.hasPrefix("/") else { throw .invalid("path: should be absolute") }
        return .path(path)
      default: throw .invalid("either version or path is needed")
      }
    }
  }
}

/// The body of `POST /plugins/processes/NAME/attach`, if there is one.
private struct AttachOrder: Decodable {
  var header: String?

  init(_ request: AdminRequest) throws(ChangeRefused) {
    guard request.body.readableBytes > 0 else { return }
    do {
      self = try request.json(AttachOrder.self)
    } catch {
      throw .invalid(#"the body should be like {"header": "x-dev: alice"}"#)
    }
  }
}

/// What a change answers.
private struct ChangeAnswer: Encodable {
  let action: String
  let plugin: String
  let from: String
  let to: String
  let message: String
  let milliseconds: Int
  let socket: String?
  let data: [ProcessAnswer]

  init(_ change: PluginChange, _ processes: [ProcessStatus]) {
    action = change.action.rawValue
    plugin = change.plugin
    from = change.from
    to = change.to
    message = change.message
    milliseconds = Int(change.duration / .milliseconds(1))
    socket = change.socket
    data = ProcessList(processes).data
  }
}

/// `GET /plugins/processes`.
struct ProcessList: Encodable {
  let data: [ProcessAnswer]

  init(_ processes: [ProcessStatus]) {
    let now = Date.now
    data = processes.map { ProcessAnswer($0, now: now) }
  }
}

/// A process. All members are always there: what does not apply is null.
struct ProcessAnswer: Encodable, Sendable {
  private let status: ProcessStatus
  /// Unix seconds, as Kong's `created_at`.
  private let since: Int

  init(_ status: ProcessStatus, now: Date) {
    self.status = status
    since = Int((now.timeIntervalSince1970 - status.since).rounded())
  }

  /// As they are spelt in JSON.
  private enum Name: String, CodingKey {
    case plugin, version, role, share, state, since, reason, next, pid, incarnation, restarts,
      calls, failed, rss, sandbox
    case inFlight = "in_flight"
    case p50 = "p50_us"
    case p99 = "p99_us"
    case cpu = "cpu_us"
    case lastLines = "last_lines"
  }

  func encode(to encoder: any Encoder) throws {
    func text(_ text: String) -> String? { text.isEmpty ? nil : text }
    var members = encoder.container(keyedBy: Name.self)
    try members.encode(status.plugin, forKey: .plugin)
    try members.encode(status.version, forKey: .version)
    try members.encode(status.role, forKey: .role)
    try members.encode(status.share, forKey: .share)
    try members.encode(status.state, forKey: .state)
    try members.encode(since, forKey: .since)
    try members.encode(text(status.reason), forKey: .reason)
    try members.encode(text(status.next), forKey: .next)
    try members.encode(status.pid, forKey: .pid)
    try members.encode(status.incarnation, forKey: .incarnation)
    try members.encode(status.restarts, forKey: .restarts)
    try members.encode(status.inFlight, forKey: .inFlight)
    try members.encode(status.calls, forKey: .calls)
    try members.encode(status.failed, forKey: .failed)
    try members.encode(status.p50, forKey: .p50)
    try members.encode(status.p99, forKey: .p99)
    try members.encode(status.cpu, forKey: .cpu)
    try members.encode(status.rss, forKey: .rss)
    try members.encode(status.sandbox, forKey: .sandbox)
    try members.encode(status.lastLines, forKey: .lastLines)
  }
}
