// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSigning

/// The credentials that the host itself was given, for plugins whose config names none.
struct HostEnvironment: Sendable {
  /// Nil: it has not both.
  let awsKeys: AWSKeys?
  /// The JSON of a Google service account.
  let serviceAccount: KeyBytes?

  /// - Parameter variable: the value of an environment variable.
  init(_ variable: (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
    func key(_ name: String) -> KeyBytes? {
      variable(name).flatMap { $0.isEmpty ? nil : KeyBytes($0) }
    }
    if let access = key("AWS_ACCESS_KEY_ID"), let secret = key("AWS_SECRET_ACCESS_KEY") {
      awsKeys = AWSKeys(
        accessKey: access, secretKey: secret, sessionToken: key("AWS_SESSION_TOKEN"))
    } else {
      awsKeys = nil
    }
    serviceAccount = key("GCP_SERVICE_ACCOUNT")
  }
}
