// SPDX-License-Identifier: Apache-2.0

/// A request in a provider's own format, and its path there. Credentials are not part of it.
package struct ProviderRequest: Equatable, Sendable {
  /// A name and its value.
  package struct Field: Equatable, Sendable {
    /// The name.
    package var name: String
    /// The value.
    package var value: String

    /// A field.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// With its leading slash. What came from a client in it is escaped: see ``PathSegment``.
  package var path: String
  /// Parameters of the query.
  package var query: [Field] = []
  /// Fields that the provider wants beside the content type.
  package var headers: [Field] = []
  /// The JSON body.
  package var body: [UInt8]
  /// What the client asked for and the provider cannot take, by its place in the client's body:
  /// `seed`, `messages[2].content[1]`.
  package var unsupported: [String] = []

  /// A request.
  package init(path: String, body: [UInt8] = []) {
    self.path = path
    self.body = body
  }
}
