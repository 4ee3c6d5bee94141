// SPDX-License-Identifier: Apache-2.0

import Patterns
import PluginSDK
import Testing

struct ConfigPatternTests {
  private let schema = ConfigSchema([
    "patterns": .array(of: .string.minLength(1).pattern()), "line": .string.pattern(.multiline),
  ])

  @Test func `a pattern that does not compile is a diagnostic with both places`() throws {
    let config = try JSONValue(parsing: #"{"patterns":["a+","b(c","\\d"],"line":"[x"}"#)
    #expect(
      schema.validate(config).diagnostics == [
        ConfigDiagnostic(
          "/patterns/1",
          "not a valid regular expression: missing closing parenthesis at offset 3"),
        ConfigDiagnostic(
          "/line",
          "not a valid regular expression: missing terminating ] for character class at offset 2"),
      ])
  }

  @Test func `patterns that compile are accepted`() throws {
    let config = try JSONValue(parsing: #"{"patterns":["(?i)a","^(b|c)$"]}"#)
    #expect(schema.validate(config).diagnostics.isEmpty)
  }
}
