// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import PluginProtocol

/// A subscription's `when`, made ready for the data path.
struct Condition: Sendable {
  private let methods: [[UInt8]]
  private let pathPrefixes: [[UInt8]]
  private let headers: [HeaderMatch]
  private let contentTypes: [[UInt8]]
  private let body: ClosedRange<Int>?

  init(_ message: ConditionMessage) {
    methods = message.methods.map { Array($0.utf8) }
    pathPrefixes = message.pathPrefixes.map { Array($0.utf8) }
    headers = message.headers.map {
      HeaderMatch(name: Array($0.name.utf8), value: $0.value.map { Array($0.utf8) })
    }
    contentTypes = message.contentTypes.map { Array($0.lowercased().utf8) }
    let least = Int(clamping: message.minBody)
    let most = message.maxBody == 0 ? Int.max : Int(clamping: message.maxBody)
    body = least == 0 && most == .max ? nil : least...max(least, most)
  }

  /// Whether it holds; `response` is nil in the request phase.
  func holds(for request: RequestState, _ response: ResponseState?) -> Bool {
    let head = request.head
    if !methods.isEmpty,
      !head.withMethod({ method in methods.contains { $0.elementsEqual(method) } })
    {
      return false
    }
    if !pathPrefixes.isEmpty,
      !head.withPath({ path in pathPrefixes.contains { path.starts(with: $0) } })
    {
      return false
    }
    if !headers.allSatisfy({ $0.holds(for: head) }) { return false }
    if !contentTypes.isEmpty {
      let fields = response?.fields ?? head.fields
      let edits = response?.edits ?? HeaderEdits()
      let isOne = edits.withFirst(.contentType, in: fields) { type in
        let essence = UnsafeRawBufferPointer(
          rebasing: type.prefix { $0 != UInt8(ascii: ";") }
        ).trimmed
        return contentTypes.contains { $0.equalsIgnoringCase(essence) }
      }
      if isOne != true { return false }
    }
    if let body, case .length(let length) = response?.framing ?? head.framing {
      return body.contains(length)
    }
    return true
  }
}

extension Chain {
  /// The plan without the steps whose condition on the request does not hold.
  func plan(for request: RequestState) -> Plan {
    var plan = plan
    for (index, step) in steps.enumerated() {
      if let condition = step[.request]?.condition, !condition.holds(for: request, nil) {
        plan.request.remove(index)
      }
      if let condition = step[.retry]?.condition, !condition.holds(for: request, nil) {
        plan.retry.remove(index)
      }
    }
    return plan
  }

  /// The steps whose condition on a phase does not hold, now that there is a response.
  func excluded(
    from phase: Phase, _ request: RequestState, _ response: ResponseState
  ) -> StepMask {
    var steps = StepMask.none
    for (index, step) in self.steps.enumerated() {
      if let condition = step[phase]?.condition, !condition.holds(for: request, response) {
        steps.insert(index)
      }
    }
    return steps
  }
}
