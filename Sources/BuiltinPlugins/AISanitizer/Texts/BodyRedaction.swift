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

  /// Replaces what was found.
  func redacted(in body: RawSpan, _ redactor: inout Redactor, isRestorable: Bool) -> Redacted {
    var redacted = Redacted()
    for (text, findings) in texts {
      var changes: [ReadText.Change] = []
      for finding in findings {
        let pieces = text.pieces(of: finding.range)
        if !pieces.isEmpty { redacted.count += 1 }
        changes += pieces.map { piece in
          ReadText.Change(
            range: piece,
            replacement: redactor.replacement(
              for: text.bytes[piece], finding.type, isRestorable: isRestorable))
        }
      }
      redacted.splices += text.splices(changes, in: body)
    }
    return redacted
  }
}

/// What has become of a body.
struct Redacted {
  /// The edits, in order.
  var splices: [Splice] = []
  /// How many finds were replaced. One that has nothing but marks of JSON's is none of them.
  var count = 0
}
