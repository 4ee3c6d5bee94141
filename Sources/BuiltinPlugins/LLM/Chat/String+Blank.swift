// SPDX-License-Identifier: Apache-2.0

extension String {
  /// Whether there is nothing but whitespace in it: some providers refuse such texts.
  var isBlank: Bool {
    utf8.allSatisfy { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }
  }
}
