// SPDX-License-Identifier: Apache-2.0

import LLM

/// What Azure says of texts: the highest rating of each category, and the blocklists that have something of them.
struct SafetyFindings {
  private(set) var severities: [(category: String, severity: Int)] = []
  private(set) var blocklists: [String] = []

  /// Nothing was found.
  init() {}

  /// Reads an answer of `text:analyze`.
  init(_ body: RawSpan) throws(SafetyFailure) {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      guard let ratings = try root.member("categoriesAnalysis", in: body), ratings.kind == .array
      else { throw JSONError(.wrongType, at: root.start) }
      var elements = JSONElements(of: ratings)
      while let element = try elements.next(in: body) {
        guard let name = try element.member("category", in: body)?.string(in: body) else {
          throw JSONError(.wrongType, at: element.start)
        }
        guard let severity = try element.member("severity", in: body)?.integer(in: body) else {
          continue
        }
        note(name, severity)
      }
      guard let matches = try root.member("blocklistsMatch", in: body) else { return }
      elements = JSONElements(of: matches)
      while let element = try elements.next(in: body) {
        note(blocklist: try element.member("blocklistName", in: body)?.string(in: body) ?? "")
      }
    } catch {
      throw SafetyFailure(reason: "the answer cannot be read: \(error)")
    }
  }

  /// Adds what was found in another text.
  mutating func add(_ other: SafetyFindings) {
    for (category, severity) in other.severities { note(category, severity) }
    for list in other.blocklists { note(blocklist: list) }
  }

  private mutating func note(_ category: String, _ severity: Int) {
    if let index = severities.firstIndex(where: { $0.category == category }) {
      severities[index].severity = max(severities[index].severity, severity)
    } else {
      severities.append((category, severity))
    }
  }

  private mutating func note(blocklist: String) {
    if !blocklists.contains(blocklist) { blocklists.append(blocklist) }
  }

  /// What was asked for must have been rated: what was not could be anything. A blocklist's hit stops it where that is
  /// configured.
  func expect(_ config: SafetyConfig) throws(SafetyFailure) {
    guard blocklists.isEmpty else { return }
    for category in config.categories ?? [] {
      guard severities.contains(where: { $0.category == category.name }) else {
        throw SafetyFailure(reason: "the answer does not rate [\(category.name)]")
      }
    }
  }

  /// Why the texts are refused; nil: they are not.
  func reason(by config: SafetyConfig) -> String? {
    var reasons: [String] = []
    for category in config.categories ?? [] {
      guard let severity = severities.first(where: { $0.category == category.name })?.severity,
        severity >= category.rejectionLevel
      else { continue }
      reasons.append("breached category [\(category.name)] at level \(severity)")
    }
    reasons += blocklists.map { "breached blocklist [\($0)]" }
    return reasons.isEmpty ? nil : reasons.joined(separator: ", ")
  }
}
