// SPDX-License-Identifier: Apache-2.0

import LLM
import PII

/// Finds in all texts of a body, then replaces: what one text says can be no other's placeholder.
struct BodyRedaction {
  private var texts: [(text: ReadText, findings: [Finding])] = []
  /// Every find's type.
  private(set) var types: [PIIType] = []

  init(_ places: [TextPlace], in body: RawSpan, _ scanner: Scanner, noting redactor: inout Redactor)
  {
    for place in places {
      let text = ReadText(place, in: body)
      text.bytes.withUnsafeBufferPointer { bytes in
        let findings = scanner.scan(bytes, from: text.start).findings
        redactor.note(bytes, findings)
        guard !findings.isEmpty else { return }
        types += findings.map(\.type)
        texts.append((text, findings))
      }
    }
  }

  /// The edits, in order.
  func splices(in body: RawSpan, _ redactor: inout Redactor, isRestorable: Bool) -> [Splice] {
    var splices: [Splice] = []
    for (text, findings) in texts {
      let changes = findings.map { finding in
        ReadText.Change(
          range: finding.range,
          replacement: redactor.replacement(
            for: text.bytes[finding.range], finding.type, isRestorable: isRestorable))
      }
      splices += text.splices(changes, in: body)
    }
    return splices
  }
}
