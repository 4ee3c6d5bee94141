// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

struct CloudIdentityTests {
  /// What a chat is to leave with, by provider, options, `auth` and what more the config has.
  private func authorization(
    _ provider: String, _ options: String, _ auth: String = "", _ more: String = ""
  ) async throws -> Authorization? {
    let harness = try await PluginHarness(
      AIProxy.self,
      configJSON: """
        {"route_type":"llm/v1/chat","auth":{\(auth)},
         "model":{"provider":"\(provider)","name":"m","options":{\(options)}}\(more)}
        """)
    let result = try await harness.exchange(
      Proxy.post("{\(Proxy.messages)}", headers: ["authorization": "Bearer client"])
    ).request()
    if let authorization = result.request.authorization {
      #expect(result.request.headers["authorization"] == nil, "the client's key went on")
      return authorization
    }
    return nil
  }

  private func secret(_ handle: String) -> Secret { Secret(handle: handle) }

  @Test func `Bedrock's requests are signed with the configured keys`() async throws {
    let keys = #""aws_access_key_id":"{id}","aws_secret_access_key":"{secret}""#
    let region = #""bedrock":{"aws_region":"eu-central-1"}"#
    #expect(
      try await authorization(
        "bedrock", region, keys, #","patchbay":{"aws_session_token":"{session}"}"#)
        == .aws(
          AWSSignature(
            service: "bedrock", region: "eu-central-1", accessKey: secret("{id}"),
            secretKey: secret("{secret}"), sessionToken: secret("{session}"))))
  }

  @Test func `a role is assumed`() async throws {
    let bedrock =
      #""bedrock":{"aws_region":"eu-west-1","aws_assume_role_arn":"arn:aws:iam::1:role/r","aws_role_session_name":"s","aws_sts_endpoint_url":"https://sts.example"}"#
    #expect(
      try await authorization("bedrock", bedrock)
        == .aws(
          AWSSignature(
            service: "bedrock", region: "eu-west-1",
            role: AWSRole(
              arn: "arn:aws:iam::1:role/r", sessionName: "s", stsURL: "https://sts.example"))))
  }

  @Test func `a key that is shown as it is needs no signature`() async throws {
    let auth = #""header_name":"authorization","header_value":"{key}""#
    let region = #""bedrock":{"aws_region":"eu-central-1"}"#
    #expect(try await authorization("bedrock", region, auth) == nil)
  }

  @Test func `Vertex takes the token of a service account`() async throws {
    let vertex =
      #""gemini":{"api_endpoint":"us-central1-aiplatform.googleapis.com","project_id":"p","location_id":"us-central1"}"#
    let account =
      #""gcp_use_service_account":true,"gcp_service_account_json":"{account}","gcp_oauth_token_url":"https://tokens.example/""#
    #expect(
      try await authorization("gemini", vertex, account)
        == .bearer(
          .jwtBearer(serviceAccount: secret("{account}"), tokenURL: "https://tokens.example/")))
    #expect(
      try await authorization("gemini", vertex, #""gcp_use_service_account":true"#)
        == .bearer(.jwtBearer(serviceAccount: nil)))
    #expect(
      try await authorization(
        "gemini", vertex,
        #""gcp_use_service_account":true,"gcp_metadata_url":"http://metadata.example/token""#)
        == .bearer(.googleMetadata(url: "http://metadata.example/token")))
  }

  @Test func `Azure takes the token of an application or of the machine`() async throws {
    let azure =
      #""azure_instance":"i","azure_deployment_id":"d","azure_api_version":"2024-10-21""#
    let application =
      #""azure_use_managed_identity":true,"azure_client_id":"c","azure_client_secret":"{secret}","azure_tenant_id":"../t""#
    #expect(
      try await authorization(
        "azure", azure, application, #","patchbay":{"azure_authority":"https://login.example"}"#)
        == .bearer(
          .clientCredentials(
            tokenURL: "https://login.example/..%2Ft/oauth2/v2.0/token", clientID: "c",
            clientSecret: secret("{secret}"),
            scope: "https://cognitiveservices.azure.com/.default")))
    #expect(
      try await authorization(
        "azure", azure, #""azure_use_managed_identity":true,"azure_client_id":"c""#)
        == .bearer(
          .azureIdentity(resource: "https://cognitiveservices.azure.com", clientID: "c")))
  }
}
