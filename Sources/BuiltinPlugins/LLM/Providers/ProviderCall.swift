// SPDX-License-Identifier: Apache-2.0

/// One call of a provider, as far as it shapes the request and the reading of the answer.
package struct ProviderCall: Equatable, Sendable {
  /// Which of the gateway's APIs the client called: chat, completions or embeddings.
  package var route: RouteType
  /// The model that is asked.
  package var model: String
  /// Whether the answer comes in pieces.
  package var isStreamed: Bool
  /// The id of answers that come without one. Strict clients refuse an answer that has none.
  package var id: String
  /// The time of answers that come without one, in seconds since 1970.
  package var created: Int

  /// A call.
  package init(
    route: RouteType = .chat, model: String, isStreamed: Bool = false, id: String, created: Int
  ) {
    self.route = route
    self.model = model
    self.isStreamed = isStreamed
    self.id = id
    self.created = created
  }
}

extension ProviderCall: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.text(route.rawValue)
    writer.text(model)
    writer.flag(isStreamed)
    writer.text(id)
    writer.number(created)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    guard let route = RouteType(rawValue: try reader.text()) else { throw StateError(at: 0) }
    self.init(
      route: route, model: try reader.text(), isStreamed: try reader.flag(),
      id: try reader.text(), created: try reader.number())
  }
}
