// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// A key of a provider that wants it as a member of the JSON body.
package struct BodySecret: Sendable {
  package let name: String
  package let value: Secret
  package let onlyIfAbsent: Bool

  /// Stands for the secret in an edit. It never leaves this process, and nobody can guess it: text of
  /// a client's that looked like it would be given the key.
  private static let mark: String = {
    var random = SystemRandomNumberGenerator()
    return String(random.next(), radix: 36) + String(random.next(), radix: 36)
  }()

  package init?(_ auth: AuthRecord) {
    guard auth.paramLocation == .body, let name = auth.paramName, let value = auth.paramValue
    else { return nil }
    self.name = name
    self.value = value
    onlyIfAbsent = auth.allowOverride
  }

  /// Adds the member to the changes of a body.
  package func add(to edit: inout JSONEdit) {
    if onlyIfAbsent {
      edit.setIfAbsent(name, to: .string(Self.mark))
    } else {
      edit.set(name, to: .string(Self.mark))
    }
  }

  /// Makes a splice in the body; where the mark stands in it, the host will fill in the secret.
  package func apply(_ splice: Splice, to body: inout Body) {
    guard let place = splice.insert.firstRange(of: Self.mark.utf8) else {
      return body.apply(splice)
    }
    let range = splice.offset..<splice.offset + splice.delete
    // Three edits at one offset keep their order; the last takes out what was there.
    let start = range.lowerBound
    body.insert(splice.insert[..<place.lowerBound], at: start)
    body.replace(start..<start, with: value, inJSONString: true)
    body.replace(range, with: splice.insert[place.upperBound...])
  }

  /// Puts another body in the place of one, with the member in it. That body is an object.
  package func replaceAll(of body: inout Body, with whole: [UInt8]) {
    apply(Splice(offset: 0, delete: body.count, insert: marked(whole)), to: &body)
  }

  /// Adds the member to the body of a request of the plugin's own. That body is an object.
  func fill(_ request: inout HTTPRequest) {
    var body = marked(request.body)
    let place = body.firstRange(of: Self.mark.utf8)
    if let place { body.removeSubrange(place) }
    request.body = body
    if let place { request.insert(value, at: place.lowerBound, inJSONString: true) }
  }

  private func marked(_ whole: [UInt8]) -> [UInt8] {
    var edit = JSONEdit()
    add(to: &edit)
    let bytes = whole.span.bytes
    guard let root = try? JSONNode(scanning: bytes),
      let splices = try? edit.splices(in: bytes, object: root)
    else { return whole }
    return Splice.apply(splices, to: bytes)
  }
}
