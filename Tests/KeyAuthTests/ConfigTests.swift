// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import key_auth

struct ConfigTests {
  private func errors(_ config: String) async throws -> [String] {
    try await PluginHarness.diagnostics(KeyAuth.self, configJSON: config).map {
      "\($0.pointer): \($0.message)"
    }
  }

  @Test(arguments: [
    #"{"key_names": [""]}"#: "/key_names/0: length must be at least 1",
    #"{"key_names": ["a b"]}"#:
      "/key_names/0: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'",
    #"{"key_names": "apikey"}"#: "/key_names: expected an array",
    #"{"hide_credentials": "yes"}"#: "/hide_credentials: expected a boolean",
    #"{"key_in_header": 1}"#: "/key_in_header: expected a boolean",
    #"{"key_in_query": 1}"#: "/key_in_query: expected a boolean",
    #"{"key_in_body": 1}"#: "/key_in_body: expected a boolean",
    #"{"run_on_preflight": 1}"#: "/run_on_preflight: expected a boolean",
    #"{"anonymous": ""}"#: "/anonymous: length must be at least 1",
    #"{"realm": "a\nb"}"#: "/realm: must not have control characters",
    #"{"identity_realms": [{"scope": "cp"}, {"scope": "realm", "id": "x"}]}"#:
      "/identity_realms/1/scope: realms of Konnect are not supported: expected cp",
    #"{"identity_realms": [{"scope": "x"}]}"#:
      "/identity_realms/0/scope: expected one of: cp, realm",
    #"{"key_name": "x"}"#: "/key_name: unknown field",
  ])
  func `what is wrong is said with its place`(_ config: String, _ error: String) async throws {
    #expect(try await errors(config) == [error])
  }

  @Test func `all of Kong's fields are taken`() async throws {
    let config = #"""
      {"key_names": ["x-key"], "hide_credentials": true, "anonymous": "guest", "key_in_header": true,
       "key_in_query": true, "key_in_body": true, "run_on_preflight": true, "realm": "r",
       "identity_realms": [{"scope": "cp", "id": null, "region": null}]}
      """#
    #expect(try await errors(config) == [])
    #expect(try await errors("{}") == [])
  }

  @Test func `it is where Kong's is, and of no consumer`() {
    #expect(KeyAuth.manifest.priority == 1250 && KeyAuth.manifest.onFailure == .closed)
    #expect(!KeyAuth.manifest.takesConsumers && KeyAuth.manifest.services == [.consumers])
  }
}
