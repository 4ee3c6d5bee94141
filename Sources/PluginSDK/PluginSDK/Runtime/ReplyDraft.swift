// SPDX-License-Identifier: Apache-2.0

/// A reply before it is written: the differences that a phase's method made.
struct ReplyDraft {
  struct Respond {
    let status: Int
    let headers: Headers
    /// Nil: it will be produced.
    let body: [UInt8]?
  }

  var error: CallError?
  var effects = Effects()
  var checkpoint: [UInt8]?
  /// Nothing more is wanted of the exchange.
  var endsStream = false
  private(set) var requestHeaders: [HeaderEdit] = []
  private(set) var responseHeaders: [HeaderEdit] = []
  private(set) var method: String?
  private(set) var path: String?
  private(set) var query: [QueryEdit] = []
  private(set) var target: Target?
  private(set) var authorization: Authorization?
  private(set) var authentication: Authentication?
  private(set) var presentedKey: [UInt8]?
  private(set) var concealed = ConcealedFields()
  private(set) var status: Int?
  private(set) var splices: [BodySplice] = []
  private(set) var hasBrokenEdit = false
  private(set) var respond: Respond?
  private(set) var hold = 0
  private(set) var isEnd = false
  private(set) var piece: [UInt8] = []
  private(set) var givesUp = false

  /// A reply that says that the call failed.
  init(_ error: CallError) { self.error = error }

  init(_ request: Request, _ reply: RequestReply) {
    edit(request)
    switch reply {
    case .proceed: break
    case .respond(let response): respond(response)
    case .authenticate(let key, let response):
      presentedKey = key
      respond(response)
    case .produce(let status, let headers): produce(status, headers)
    }
  }

  init(_ request: Request, _ reply: RetryReply) {
    edit(request)
    switch reply {
    case .tryAgain: break
    case .giveUp: givesUp = true
    case .respond(let response): respond(response)
    }
  }

  init(_ response: UpstreamResponse, _ reply: ResponseReply) {
    effects = response.context.effects
    responseHeaders = response.headers.edits
    status = response.newStatus
    edit(response.body)
    switch reply {
    case .proceed: break
    case .respond(let response): respond(response)
    case .produce(let status, let headers): produce(status, headers)
    }
  }

  init(_ chunk: Chunk, _ reply: ChunkReply) {
    effects = chunk.context.effects
    edit(chunk.body)
    switch reply {
    case .release: break
    case .hold(let count): hold = count
    case .end: isEnd = true
    }
  }

  init(_ pull: Pull, _ reply: ProduceReply) {
    effects = pull.context.effects
    switch reply {
    case .piece(let bytes): piece = bytes
    case .last(let bytes):
      piece = bytes
      isEnd = true
    case .end: isEnd = true
    }
  }

  init(_ completed: CompletedExchange) {
    effects = completed.context.effects
  }

  private mutating func edit(_ request: Request) {
    effects = request.context.effects
    requestHeaders = request.headers.edits
    method = request.newMethod
    path = request.newPath
    query = request.editedQuery
    target = request.newTarget
    authorization = request.authorization
    authentication = request.authentication
    concealed = request.concealed
    edit(request.body)
  }

  private mutating func edit(_ body: Body) {
    splices = body.splices
    hasBrokenEdit = body.isBroken
  }

  private mutating func respond(_ response: Response) {
    respond = Respond(status: response.status, headers: response.headers, body: response.body)
  }

  private mutating func produce(_ status: Int, _ headers: Headers) {
    respond = Respond(status: status, headers: headers, body: nil)
  }

  /// What the host would refuse as a violation, and kill the process for, fails the call here instead.
  func check(against call: ReceivedCall, of instance: Instance) throws(CallError) {
    try checkEdits(of: call)
    if let respond {
      guard (200...599).contains(respond.status) else {
        throw CallError(code: "bad-status", message: "a response's status is 200 to 599")
      }
      guard respond.body != nil || instance.handlers[.produce] != nil else {
        throw CallError(code: "no-producer", message: "the plugin has no `produce` phase")
      }
      try Self.check(respond.headers.edits)
    }
    if authorization != nil, !instance.mayAuthorize {
      throw CallError(
        code: "undeclared",
        message: "a request is to be authorised, and the manifest does not name the service sign")
    }
    try checkIdentity(of: call, instance)
    try Self.check(requestHeaders)
    try Self.check(responseHeaders)
    for line in effects.lines where !instance.outlets.logFiles.contains(line.file) {
      throw CallError(code: "unknown-file", message: "a line is for a file not in `logFiles`")
    }
    for delivery in effects.deliveries where !instance.outlets.queues.contains(delivery.queue) {
      throw CallError(code: "unknown-queue", message: "an entry is for a queue not in `queues`")
    }
  }

  private func checkIdentity(
    of call: ReceivedCall, _ instance: Instance
  ) throws(CallError) {
    guard authentication != nil || presentedKey != nil || !concealed.isEmpty else { return }
    guard call.phase == .request, instance.mayAuthenticate else {
      throw CallError(
        code: "undeclared",
        message: "who a client is, is said in the request phase with the service consumers named")
    }
    let isInside = concealed.body.allSatisfy {
      $0.lowerBound >= 0 && $0.upperBound <= call.payload.count
    }
    guard isInside, concealed.body.isEmpty || call.subscription?.wantsBody == true else {
      throw CallError(code: "bad-edit", message: "what is concealed is not in the body")
    }
  }

  private func checkEdits(of call: ReceivedCall) throws(CallError) {
    guard !hasBrokenEdit else {
      throw CallError(code: "bad-edit", message: "body edits overlap or are out of bounds")
    }
    if !splices.isEmpty, call.phase != .chunk, call.subscription?.wantsBody == false {
      throw CallError(code: "bad-edit", message: "a body that was not asked for is edited")
    }
    guard hold != 0 else { return }
    let isFree = splices.last.map { $0.range.upperBound <= call.payload.count - hold } ?? true
    guard hold > 0, hold <= call.payload.count, !call.isLast, isFree else {
      throw CallError(code: "bad-hold", message: "more is held than the piece can spare")
    }
  }

  /// Names are tokens, and values do not break the line (RFC 9110, section 5).
  private static func check(_ edits: [HeaderEdit]) throws(CallError) {
    for edit in edits where !edit.isWellFormed {
      throw CallError(code: "bad-header", message: "a header has an invalid name or value")
    }
  }
}

extension HeaderEdit {
  fileprivate var isWellFormed: Bool {
    var name = name
    guard !name.isEmpty, name.withUTF8({ $0.allSatisfy(\.isTokenByte) }) else { return false }
    switch source {
    case .text(var value): return value.withUTF8 { $0.allSatisfy(\.isFieldByte) }
    case .bytes(let value): return value.allSatisfy(\.isFieldByte)
    case .secret: return true
    }
  }
}

extension UInt8 {
  /// Of a header's name: printable, and none of the delimiters.
  package var isTokenByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: self > 0x20 && self < 0x7F && !#""(),/:;<=>?@[\]{}"#.utf8.contains(self)
    }
  }

  /// Of a header's value.
  package var isFieldByte: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }
}
