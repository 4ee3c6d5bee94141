// SPDX-License-Identifier: Apache-2.0

package import LLM

/// The options of a provider, whose texts may hold placeholders.
package struct SettingsTemplates: Sendable {
  private struct Field: Sendable {
    let path: any WritableKeyPath<ProviderSettings, String?> & Sendable
    let template: PlaceholderTemplate
  }

  /// The options, with the placeholders still in those that have any.
  package let common: ProviderSettings
  private let fields: [Field]

  /// The texts of the options.
  private static var texts: [any WritableKeyPath<ProviderSettings, String?> & Sendable] {
    [
      \.anthropicVersion, \.azureInstance, \.azureDeployment, \.azureAPIVersion,
      \.gemini.apiEndpoint, \.gemini.projectID, \.gemini.locationID, \.gemini.endpointID,
      \.bedrock.region, \.bedrock.performanceLatency, \.cohereInputType, \.databricksWorkspace,
    ]
  }

  package init(_ settings: ProviderSettings) {
    common = settings
    fields = Self.texts.compactMap { path in
      guard let text = settings[keyPath: path] else { return nil }
      let template = PlaceholderTemplate(text)
      return template.isConstant ? nil : Field(path: path, template: template)
    }
  }

  /// Whether they are the same for every request.
  package var areConstant: Bool { fields.isEmpty }

  /// The values that a request must show.
  package var references: [(source: PlaceholderTemplate.Source, key: String)] {
    fields.flatMap(\.template.references)
  }

  /// The settings of a request.
  ///
  /// - Throws: where a client's value could lead elsewhere: these texts become part of a host's name or of a path.
  package func resolved(
    _ value: (PlaceholderTemplate.Source, String) -> String?
  ) throws(RequestProblem) -> ProviderSettings {
    var resolved = common
    for field in fields {
      let text = try field.template.resolved(value)
      guard text.utf8.allSatisfy(\.isNameByte) else {
        throw RequestProblem(
          message: "a value for the model's options may hold letters, digits and -._ only")
      }
      resolved[keyPath: field.path] = text
    }
    return resolved
  }
}

extension UInt8 {
  fileprivate var isNameByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
