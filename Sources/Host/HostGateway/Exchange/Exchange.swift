// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// The driver of one exchange: it obeys the machine, and holds what the machine decides about.
///
/// Loop-confined, like everything that it touches: client connection, upstream connection and plugin lanes are all on
/// its worker's event loop. It outlives the client's interest: the complete phase runs when the response is out.
final class Exchange {
  let worker: Worker
  let id: UInt64
  /// The configuration that it began with, to the end.
  let snapshot: Snapshot
  let destination: Destination?
  var chain: Chain
  /// It has gone over to another chain than the one for anyone.
  var hasOwnChain = false
  var machine: ExchangeMachine
  private var actions: [ExchangeAction] = []
  private var isObeying = false

  /// Nil when the client has its response, or left.
  var client: (any ExchangeClient)?
  var request: RequestState
  var response = ResponseState()
  var upstream: (any UpstreamStream)?
  /// While a connection is waited for.
  var upstreamTicket: UpstreamConnector.Ticket?
  /// Grows with every try, so that what a former one still says is not heard.
  var tryNumber = 0
  var tryStarted: UInt64 = 0
  var requestHeadSent = false
  /// Bytes that the upstream had not taken when it was last looked at.
  var upstreamUnsent = 0
  var staleRetried = false
  /// What the present try leaves with.
  var authorization = TryAuthorization()
  /// The try asks for another protocol.
  var isUpgrading = false
  var continueSent = false
  let requestID: RequestID
  /// The request's head as calls show it, without its fields; empty: no call has been made.
  var encodedRequest: [UInt8] = []
  /// By step; chains that an exchange can go over to have as many.
  let calls: [StepCall]
  /// What its route's steps are expected to do; nil: there are no two to ask at once.
  let habits: RouteHabits?
  /// A plugin has written to a store, which remembers it until the exchange is over.
  var hasWritten = false
  var facts = ExchangeFacts()
  let times: ExchangeTimes

  init(
    worker: Worker, id: UInt64, client: any ExchangeClient, head: RequestHead, snapshot: Snapshot,
    route: RouteChoice?, now: UInt64, wallClock: UInt64
  ) {
    self.worker = worker
    self.id = id
    self.client = client
    requestID = worker.nextRequestID()
    self.snapshot = snapshot
    destination = route.map { snapshot.destinations[$0.destination] }
    request = RequestState(head: head, route: route, client: client)
    times = ExchangeTimes(start: now, received: wallClock)
    chain = destination?.chains(isSecure: request.isSecure).anyone ?? Chain()
    calls = chain.steps.map { _ in StepCall() }
    let plan = chain.isConditional ? chain.plan(for: request) : chain.plan
    if let route, plan.request.count > 1 {
      habits = worker.habits(of: route, isSecure: client.facts.isSecure)
    } else {
      habits = nil
    }
    machine = ExchangeMachine(
      plan: plan, hasBody: head.hasBody, maximumTries: destination?.tries ?? 1,
      foresight: habits?.learned.foresight ?? Foresight())
  }

  /// Tells the machine of an event and does what it then wants.
  func on(_ event: (inout ExchangeMachine, inout [ExchangeAction]) -> Void) {
    event(&machine, &actions)
    guard !isObeying else { return }  // the loop below is running and takes the new actions too
    isObeying = true
    var index = 0
    while index < actions.count {
      obey(actions[index])
      index += 1
    }
    actions.removeAll(keepingCapacity: true)
    isObeying = false
    adjustFlow()
  }

  /// Starts with the request's head.
  func start() {
    if client?.facts.misdirects(request.head) == true {
      on { $0.refused(.misdirected, &$1) }
    } else if destination == nil {
      on { $0.refused(.noRoute, &$1) }
    } else if let refusal = cleartextRefusal {
      on { $0.refused(refusal, &$1) }
    } else if case .length(let length) = request.head.framing, length > snapshot.limits.requestBody
    {
      on { $0.refused(.bodyTooLarge, &$1) }
    } else {
      // Who may be asked for another try must have something to send.
      request.isHeld =
        !request.isComplete && (machine.plan.buffersRequest || !machine.plan.retry.isEmpty)
      on { $0.started(&$1) }
    }
  }

  private func obey(_ action: ExchangeAction) {
    switch action {
    case .call(let step, let phase): call(step, phase)
    case .settle(let step): settle(step)
    case .takeBack(let step): takeBack(step)
    case .cancel(let step, let reason): cancel(step, reason)
    case .collectRequestBody: collectRequestBody()
    case .startTry: startTry()
    case .abortUpstream: abortUpstream()
    case .adoptResponse(let step): adoptResponse(of: step)
    case .adoptError(let error): adoptError(error)
    case .collectResponseBody: collectResponseBody()
    case .sendHead(let kind): sendHead(kind)
    case .deliver(let bytes): deliver(bytes)
    case .endResponse: endResponse()
    case .cutResponse(let error): cutResponse(error)
    case .finish: finish()
    }
  }

  private func finish() {
    for step in calls.indices { closeStream(of: step) }
    worker.finished(self)
  }
}

/// When things happened, in nanoseconds of the worker's clock.
struct ExchangeTimes {
  /// The request's head was complete.
  let start: UInt64
  /// The same in microseconds since 1970.
  let received: UInt64
}

/// What is said about an exchange when it is over, and between its plugins.
struct ExchangeFacts {
  var variables: [NamedValue] = []
  /// Who the client is; nil: no plugin has told.
  var identity: ClientIdentity?
  /// Where its credential stands.
  var concealed = Concealment()
  var logFields = LogFields()
  var outcomes: [CallRecord] = []
  /// Nanoseconds for which plugins were waited for, and until when that is counted: calls may overlap.
  var pluginTime: UInt64 = 0
  var pluginTimeEnd: UInt64 = 0
  var upstreamTime: UInt64 = 0
  var upstreamURL = ""
  /// What the upstream answered, whatever became of it.
  var upstreamStatus: Int?
  /// Kept for those who are told of the end.
  var tries: [UpstreamTry] = []
  var firstByte: UInt64?
  var end: UInt64?
  var clientAborted = false
  /// Why the rest of the request is no request.
  var refusal: String?
  var truncated = false
  var errorTemplate: ErrorTemplate?
}

/// A name with a value that the host only carries.
struct NamedValue {
  enum Value {
    case text([UInt8])
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case json([UInt8])
  }

  var name: [UInt8]
  var value: Value

  /// Bytes of name and value.
  var byteCount: Int {
    switch value {
    case .text(let bytes), .json(let bytes): name.count + bytes.count
    case .integer, .number, .boolean: name.count + 8
    }
  }
}

/// One try of an upstream, in nanoseconds of the worker's clock.
struct UpstreamTry {
  let host: String
  let port: Int
  let started: UInt64
  var connected: UInt64?
  var error: HostError?
  var status: Int?
}

/// How one call ended.
struct CallRecord {
  var step: Int
  var phase: Phase
  var outcome: Outcome
  /// Nanoseconds.
  var duration: UInt64
}

/// How errors of the host look to this client: a plugin of the chain knows its dialect.
struct ErrorTemplate {
  var contentType: [UInt8]
  var body: [UInt8]
  var event: [UInt8]
}
