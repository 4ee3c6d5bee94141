// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// A key of a provider that wants it as a member of the JSON body.
struct BodySecret {
  let name: String
  let value: Secret
  let onlyIfAbsent: Bool

  /// Stands for the secret until the host fills it in; no JSON text of ours has it otherwise.
  private static let mark = "\u{1}"

  /// Adds the member at the end of the object.
  func add(to body: inout Body, root: JSONNode?) {
    guard let root, root.kind == .object else { return }
    let splice: Splice? = body.bytes.withRaw { bytes in
      var edit = JSONEdit()
      if onlyIfAbsent {
        edit.setIfAbsent(name, to: .string(Self.mark))
      } else {
        edit.set(name, to: .string(Self.mark))
      }
      return try? edit.splices(in: bytes, object: root).first
    }
    guard let splice else { return }
    let escaped = Array("\\u0001".utf8)
    let insert = splice.insert
    guard let start = insert.firstRange(of: escaped)?.lowerBound else { return }
    let range = splice.offset..<splice.offset + splice.delete
    body.replace(range, with: insert[..<start])
    let end = range.upperBound
    body.replace(end..<end, with: value, inJSONString: true)
    body.insert(insert[(start + escaped.count)...], at: end)
  }
}
