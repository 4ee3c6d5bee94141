// SPDX-License-Identifier: Apache-2.0

/// A role that is assumed with other keys (STS AssumeRole of the Query API, version 2011-06-15).
package struct AssumeRoleRequest: Hashable, Sendable {
  package let keys: AWSKeys
  package let region: String
  package let arn: String
  package let sessionName: String
  /// Empty: that of the region.
  package let url: String
  /// Empty: none.
  package let externalID: String

  package init(
    keys: AWSKeys, region: String, arn: String, sessionName: String, url: String,
    externalID: String
  ) {
    self.keys = keys
    self.region = region
    self.arn = arn
    self.sessionName = sessionName.isEmpty ? "patchbay" : sessionName
    self.url = url
    self.externalID = externalID
  }

  var request: CredentialRequest {
    get throws(CredentialFailure) {
      let base = url.isEmpty ? "https://sts.\(region).\(Self.domain(of: region))/" : url
      // The one for all regions stands in the first.
      let isGlobal = base == "https://sts.amazonaws.com" || base == "https://sts.amazonaws.com/"
      guard let scope = AWSScope(service: "sts", region: isGlobal ? "us-east-1" : region) else {
        throw CredentialFailure(.unusable, "the region is no name of a region")
      }
      var form = Form(["Action": "AssumeRole", "Version": "2011-06-15"])
      form.add("RoleArn", Array(arn.utf8))
      form.add("RoleSessionName", Array(sessionName.utf8))
      if !externalID.isEmpty { form.add("ExternalId", Array(externalID.utf8)) }
      var request = CredentialRequest(url: base)
      request.headers = [
        ("Content-Type", Array("application/x-www-form-urlencoded; charset=utf-8".utf8))
      ]
      request.body = form.bytes
      request.signer = AWSSigner(keys: keys, scope: scope)
      return request
    }
  }

  private static func domain(of region: String) -> String {
    region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
  }
}

/// What STS answers.
enum AssumeRoleAnswer {
  static func credential(
    status: Int, body: [UInt8], seconds: UInt64
  ) throws(CredentialFailure) -> (credential: Credential, lifetime: UInt64) {
    let document = try? XMLElement(parsing: body)
    guard status == 200 else {
      let code = document?["Error", "Code"].flatMap { $0.isErrorCode ? " \($0)" : nil } ?? ""
      throw CredentialFailure(.unavailable, "the answer is \(status)\(code)")
    }
    guard let document, document.name == "AssumeRoleResponse" else {
      throw CredentialFailure(.unavailable, "the answer is no AssumeRoleResponse")
    }
    func field(_ name: String) throws(CredentialFailure) -> String {
      guard let text = document["AssumeRoleResult", "Credentials", name], !text.isEmpty else {
        throw CredentialFailure(.unavailable, "the answer's credentials have no '\(name)'")
      }
      return text
    }
    let keys = AWSKeys(
      accessKey: KeyBytes(try field("AccessKeyId")),
      secretKey: KeyBytes(try field("SecretAccessKey")),
      sessionToken: KeyBytes(try field("SessionToken")))
    guard keys.areUsable else {
      throw CredentialFailure(.unavailable, "the answer's credentials cannot be sent")
    }
    guard let end = AWSTime.seconds(of: try field("Expiration")), end > seconds else {
      throw CredentialFailure(.unavailable, "the credentials are over already: see 'Expiration'")
    }
    return (.aws(keys), min(end - seconds, 31_536_000) * 1_000_000_000)
  }
}
