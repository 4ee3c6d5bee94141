// SPDX-License-Identifier: Apache-2.0

/// The SNIs and the values of headers that routes ask for, each with a key: routes that are alike but for these are found by
/// them.
struct RouteSelectors: Sendable {
  private let snis: SortedBytes
  private let names: SortedBytes
  /// By name.
  private let values: [SortedBytes]
  /// By name: the key of the first value.
  private let bases: [Int32]

  init(_ candidates: [RouteCandidate]) {
    snis = SortedBytes(candidates.flatMap(\.snis))
    var values: [[UInt8]: Set<[UInt8]>] = [:]
    for header in candidates.flatMap(\.headers) where header.pattern == nil {
      values[header.name, default: []].formUnion(header.values)
    }
    names = SortedBytes(values.keys)
    self.values = (0..<names.count).map { [names] in
      SortedBytes(values[Array(names[$0]), default: []])
    }
    var next = Int32(snis.count)
    bases = self.values.map { values in
      defer { next += Int32(values.count) }
      return next
    }
  }

  /// The keys of one condition under which a candidate is kept; none when no condition of it has keys.
  ///
  /// - Parameter isSecure: whether the index is the one for encrypted connections; on others SNIs do not count.
  func keys(of candidate: RouteCandidate, isSecure: Bool) -> [Int32] {
    if isSecure, !candidate.snis.isEmpty {
      return Set(candidate.snis).compactMap { $0.withUnsafeBytes(key(ofSNI:)) }
    }
    guard let header = Self.selecting(candidate.headers) else { return [] }
    return Set(header.values).compactMap { value in
      header.name.withUnsafeBytes { name in value.withUnsafeBytes { key(of: name, $0) } }
    }
  }

  /// Whether a candidate's keys settle all that it asks for beside host, methods and prefix.
  func settle(_ candidate: RouteCandidate, isSecure: Bool) -> Bool {
    if case .pattern = candidate.path { return false }
    let conditions = candidate.headers.count + (isSecure && !candidate.snis.isEmpty ? 1 : 0)
    return conditions == (keys(of: candidate, isSecure: isSecure).isEmpty ? 0 : 1)
  }

  private static func selecting(_ headers: [RouteHeader]) -> RouteHeader? {
    headers.first { $0.pattern == nil && !$0.values.isEmpty }
  }

  /// The keys that a request has.
  func keys(of request: RouteRequest, _ headers: some RouteHeaders) -> [Int32] {
    var keys: [Int32] = []
    if request.isSecure, !snis.isEmpty, let sni = request.sni {
      sni.withLowercased { if let key = key(ofSNI: $0) { keys.append(key) } }
    }
    guard !names.isEmpty else { return keys }
    headers.forEachField { name, value in
      guard name.count <= names.longest else { return }
      let place = name.withLowercased { names.index(of: $0) }
      guard let place, value.count <= values[place].longest else { return }
      let found = value.withLowercased { values[place].index(of: $0) }
      if let found { keys.append(bases[place] + Int32(found)) }
    }
    return keys
  }

  private func key(ofSNI name: UnsafeRawBufferPointer) -> Int32? {
    snis.index(of: name).map { Int32($0) }
  }

  private func key(of name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Int32? {
    guard let name = names.index(of: name) else { return nil }
    return values[name].index(of: value).map { bases[name] + Int32($0) }
  }
}
