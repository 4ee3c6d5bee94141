// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
public import PluginSDK
import Synchronization

/// A request that a plugin made through the host.
public struct ServiceRequest: Sendable {
  /// `GET`, `POST`, …
  public var method: String
  /// Absolute.
  public var url: String
  /// A secret's value is `(secret)`.
  public var headers: Headers
  /// Parameters that the plugin adds to the URL's. A secret's value is `(secret)`.
  public var query: [(name: String, value: String)]
  /// The whole body, `(secret)` where a secret will be.
  public var body: [UInt8]
  /// The credentials that the plugin asked for.
  public var authorization: Authorization?
  /// The proxy that it is to go through.
  public var proxy: ForwardProxy?
  /// Whether the upstream's certificate must be trusted.
  public var verifiesCertificate: Bool

  /// The body read as UTF-8.
  public var text: String { String(decoding: body, as: UTF8.self) }
}

/// What answers a plugin's HTTP requests in a test. An error that is thrown reaches the plugin as a `HostError`.
public typealias HTTPHandler = @Sendable (ServiceRequest) async throws -> TestResponse

/// The host services of a test: HTTP by the test's closure, keys and values in memory.
final class FakeServices: Sendable {
  fileprivate struct Store {
    var http: HTTPHandler?
    var sign: SignHandler?
    var values: [String: (value: [UInt8], version: UInt64)] = [:]
    var version: UInt64 = 0
    var counters = FakeCounters()
    var consumers = FakeConsumers()
    /// Answers by the identity of their calls: a call that is run again counts once.
    var answered: [String: Answer] = [:]
  }

  /// What goes into a result's message and payload.
  struct Answer: Sendable {
    enum Result: Sendable {
      case http(status: Int, headers: [(name: String, value: String)])
      case value(version: UInt64?)
      case written(Bool, version: UInt64)
      case count(FakeCounters.Count, left: UInt64)
      /// The body is it.
      case signature
      case consumer(Consumer?, credential: String)
      case failed(code: String, message: String)
    }
    var result: Result
    var body: [UInt8] = []

    // The numbers are those of the fields of `patchbay.plugin.v1.ServiceResult`.
    func write(to message: MessageWriter) {
      message.number(2, body.count)
      switch result {
      case .http(let status, let headers):
        message.message(16) { http in
          http.number(1, status)
          for (name, value) in headers {
            http.message(2) {
              $0.text(1, name)
              $0.text(2, value)
            }
          }
        }
      case .value(let version):
        message.message(17) {
          $0.flag(1, version != nil)
          $0.number(2, version ?? 0)
        }
      case .written(let written, let version):
        message.message(18) {
          $0.flag(1, written)
          $0.number(2, version)
        }
      case .count(let count, let left):
        message.message(19) {
          $0.number(1, count.value)
          $0.number(2, count.end ?? 0)
          $0.number(3, left)
        }
      case .signature: message.message(20) { _ in }
      case .consumer(let consumer, let credential):
        message.message(21) { found in
          if let consumer { found.message(1) { FakeConsumers.write(consumer, to: $0) } }
          found.text(2, credential)
        }
      case .failed(let code, let text):
        message.message(1) {
          $0.text(1, code)
          $0.text(2, text)
        }
      }
    }
  }

  private let store = Mutex(Store())

  func answerHTTP(_ handler: @escaping HTTPHandler) { store.withLock { $0.http = handler } }

  func answerSign(_ handler: @escaping SignHandler) { store.withLock { $0.sign = handler } }

  func value(_ key: String) -> [UInt8]? { store.withLock { $0.values[key]?.value } }

  func set(_ key: String, _ value: [UInt8]) {
    store.withLock { store in
      store.version += 1
      store.values[key] = (value, store.version)
    }
  }

  func add(_ consumer: Consumer, keys: [String: String]) {
    store.withLock { $0.consumers.add(consumer, keys: keys) }
  }

  func credential(key: [UInt8]) -> FoundCredential? {
    store.withLock { $0.consumers.find(key: key) }
      .map { FoundCredential(id: $0.credential, consumer: $0.consumer) }
  }

  /// What a counter says, without counting.
  func counter(_ key: String, window: UInt64, now: UInt64) -> Int64 {
    store.withLock { $0.counters.get(key, window: window, now: now).value }
  }

  /// Answers a call; the identity makes a repeated write count once.
  ///
  /// - Parameter now: milliseconds since 1970, of the harness's virtual time.
  func answer(_ call: DecodedServiceCall, identity: String, now: UInt64) async -> Answer {
    switch call {
    case .http(let request): return await answer(request)
    case .sign(let request): return await answer(request)
    default: break
    }
    return store.withLock { store in
      guard call.isWrite else { return store.apply(call, now: now) }
      if let before = store.answered[identity] { return before }
      let answer = store.apply(call, now: now)
      store.answered[identity] = answer
      return answer
    }
  }

  private func answer(_ request: ServiceRequest) async -> Answer {
    guard let handler = store.withLock({ $0.http }) else {
      return Answer(
        result: .failed(code: "no-handler", message: "the test answers no HTTP requests"))
    }
    do {
      let response = try await handler(request)
      return Answer(
        result: .http(status: response.status, headers: response.headers.all), body: response.body)
    } catch let error as HostError {
      return Answer(result: .failed(code: error.code, message: error.message))
    } catch {
      return Answer(result: .failed(code: "unreachable", message: "\(error)"))
    }
  }
}

// MARK: - Signatures

extension FakeServices {
  fileprivate func answer(_ request: SignRequest) async -> Answer {
    guard let handler = store.withLock({ $0.sign }) else {
      return Answer(result: .failed(code: "no-handler", message: "the test signs nothing"))
    }
    do {
      return Answer(result: .signature, body: try await handler(request))
    } catch let error as HostError {
      return Answer(result: .failed(code: error.code, message: error.message))
    } catch {
      return Answer(result: .failed(code: "bad-request", message: "\(error)"))
    }
  }
}

extension FakeServices.Store {
  fileprivate mutating func apply(
    _ call: DecodedServiceCall, now: UInt64
  ) -> FakeServices.Answer {
    switch call {
    case .findCredential(let key):
      let found = consumers.find(key: key)
      return FakeServices.Answer(
        result: .consumer(found?.consumer, credential: found?.credential ?? ""))
    case .findConsumer(let name):
      return FakeServices.Answer(result: .consumer(consumers.find(named: name), credential: ""))
    case .http, .sign, .unknown:
      return FakeServices.Answer(result: .failed(code: "unknown-service", message: "unknown"))
    case .get(let key):
      guard let found = values[key] else {
        return FakeServices.Answer(result: .value(version: nil))
      }
      return FakeServices.Answer(result: .value(version: found.version), body: found.value)
    case .set(let key, let value):
      return write(key, value)
    case .delete(let key):
      let existed = values.removeValue(forKey: key) != nil
      return FakeServices.Answer(result: .written(existed, version: 0))
    case .compareAndSet(let key, let value, let version):
      guard (values[key]?.version ?? 0) == version else {
        return FakeServices.Answer(result: .written(false, version: values[key]?.version ?? 0))
      }
      return write(key, value)
    case .add(let key, let amount, let window):
      guard let count = counters.add(amount, to: key, window: window, now: now) else {
        return FakeServices.Answer(
          result: .failed(code: "counter-overflow", message: "the sum does not fit"))
      }
      return FakeServices.Answer(count, now: now)
    case .count(let key, let window):
      return FakeServices.Answer(counters.get(key, window: window, now: now), now: now)
    }
  }

  private mutating func write(_ key: String, _ value: [UInt8]) -> FakeServices.Answer {
    version += 1
    values[key] = (value, version)
    return FakeServices.Answer(result: .written(true, version: version))
  }
}

extension FakeServices.Answer {
  fileprivate init(_ count: FakeCounters.Count, now: UInt64) {
    self.init(result: .count(count, left: count.end.map { $0 - now } ?? 0))
  }
}
