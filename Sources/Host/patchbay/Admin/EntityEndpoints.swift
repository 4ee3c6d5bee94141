// SPDX-License-Identifier: Apache-2.0

import HostAdmin
import HostConfiguration
import HostGateway

/// Services, routes, consumers and plugin instances as Kong's Admin API shows them. They are only read: the file is the
/// truth.
enum EntityEndpoints {
  /// Which kinds are listed below which, and under what name.
  private static let nested: [(owner: AdminEntity.Kind, kind: AdminEntity.Kind, name: String)] = [
    (.services, .routes, "routes"), (.services, .plugins, "plugins"),
    (.routes, .plugins, "plugins"),
    (.consumers, .plugins, "plugins"), (.consumers, .keyAuths, "key-auth"),
    (.consumers, .acls, "acls"), (.consumers, .consumerGroups, "consumer_groups"),
    (.consumerGroups, .consumers, "consumers"), (.consumerGroups, .plugins, "plugins"),
  ]

  static func add(to routes: inout AdminRoutes, _ control: ControlPlane) {
    for kind in AdminEntity.Kind.allCases {
      let path = "/\(kind.rawValue)"
      routes.add("GET", path) { request, _ in
        page(of: await control.view.entities(kind), request, path)
      }
      routes.add("GET", "\(path)/{entity}") { _, path in
        await control.view.entity(kind, path["entity"]).map { .entity($0) } ?? .notFound
      }
      refuseWrites(to: kind, at: path, in: &routes)
    }
    for (owner, kind, name) in nested {
      let path = "/\(owner.rawValue)/{owner}/\(name)"
      routes.add("GET", path) { request, path in
        let view = await control.view
        guard let entity = view.entity(owner, path["owner"]) else { return .notFound }
        return page(
          of: view.entities(kind).filter { $0.belongs(to: entity, of: owner) }, request,
          "/\(owner.rawValue)/\(entity.id)/\(name)")
      }
      routes.add("GET", path + "/{entity}") { _, path in
        let view = await control.view
        guard let entity = view.entity(owner, path["owner"]),
          let found = view.entity(kind, path["entity"]), found.belongs(to: entity, of: owner)
        else { return .notFound }
        return .entity(found)
      }
      refuseWrites(to: kind, at: path, in: &routes)
    }
    routes.add("GET", "/routes/{owner}/service") { _, path in
      let view = await control.view
      return view.entity(.routes, path["owner"])
        .flatMap { view.entity(.services, $0.owners[.services]) }.map { .entity($0) } ?? .notFound
    }
  }

  /// What Kong answers without a database.
  private static func refuseWrites(
    to kind: AdminEntity.Kind, at path: String, in routes: inout AdminRoutes
  ) {
    let operations = [
      ("POST", path, "create"), ("PUT", "\(path)/{entity}", "create or update"),
      ("PATCH", "\(path)/{entity}", "update"), ("DELETE", "\(path)/{entity}", "remove"),
    ]
    for (method, path, verb) in operations {
      let refusal = Refusal(
        code: 12, name: "operation unsupported",
        message: "cannot \(verb) '\(kind.table)' entities when not using a database")
      routes.add(method, path) { _, _ in .json(refusal, status: 405) }
    }
  }

  private static func page(
    of entities: [AdminEntity], _ request: AdminRequest, _ path: String
  ) -> AdminResponse {
    do throws(AdminPage.Invalid) {
      let part = try AdminPage(request.query).part(of: entities, at: path, id: \.id, tags: \.tags)
      return .list(part.elements, offset: part.offset, next: part.next)
    } catch {
      return .json(Refusal(code: error.code, name: error.name, message: error.message), status: 400)
    }
  }

  /// Kong's error of its data access.
  private struct Refusal: Encodable, Sendable {
    let code: Int
    let name: String
    let message: String
  }
}

extension AdminEntity {
  /// Whether it is listed below another one.
  fileprivate func belongs(to owner: AdminEntity, of kind: Kind) -> Bool {
    owners[kind] == owner.id || groups.contains(owner.id) || owner.groups.contains(id)
  }
}

extension AdminEntity.Kind {
  /// As Kong's messages name it.
  fileprivate var table: String { self == .keyAuths ? "keyauth_credentials" : rawValue }
}

extension RunningConfiguration {
  func entities(_ kind: AdminEntity.Kind) -> [AdminEntity] {
    configuration.entities(kind, at: since, hiding: secrets)
  }

  /// The entity of that id, or of that name.
  func entity(_ kind: AdminEntity.Kind, _ text: String?) -> AdminEntity? {
    guard let text, !text.isEmpty else { return nil }
    let all = entities(kind)
    return all.first { $0.id == text } ?? all.first { $0.name == text }
  }
}

extension AdminResponse {
  static var notFound: AdminResponse { .error(404, "Not found") }

  static func entity(_ entity: AdminEntity) -> AdminResponse {
    raw(entity.value.json(revealing: false))
  }

  /// Kong's form of a list; there is an offset only where more follows.
  static func list(_ entities: [AdminEntity], offset: String?, next: String?) -> AdminResponse {
    var body = Array(#"{"data":["#.utf8)
    body += entities.map { $0.value.json(revealing: false) }.joined(separator: [UInt8(ascii: ",")])
    body += "],".utf8
    if let offset { body += #""offset":"\#(offset)","#.utf8 }
    body += #""next":\#(next.map { "\"\($0)\"" } ?? "null")}"#.utf8
    return raw(body)
  }
}
