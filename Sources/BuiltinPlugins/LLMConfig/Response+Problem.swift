// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

extension Response {
  /// The refusal of a request, or the failure of an answer, as Kong's AI plugins have it.
  package init(_ problem: RequestProblem) {
    self.init(
      status: problem.status, headers: ["content-type": "application/json"], body: problem.body)
  }
}
