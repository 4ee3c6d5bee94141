// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

/// The cases of JSONTestSuite that a parser must accept (`y_`) and refuse (`n_`), by their names there.
@Suite struct JSONValidationTests {
  static let accepted: [(String, String)] = [
    ("array_arraysWithSpaces", "[[]   ]"), ("array_empty-string", #"[""]"#), ("array_empty", "[]"),
    ("array_ending_with_newline", #"["a"]"# + "\n"), ("array_false", "[false]"),
    ("array_heterogeneous", #"[null, 1, "1", {}]"#), ("array_null", "[null]"),
    ("array_with_1_and_newline", "[1\n]"), ("array_with_leading_space", " [1]"),
    ("array_with_several_null", "[1,null,null,null,2]"), ("array_with_trailing_space", "[2] "),
    ("number", "[123e65]"), ("number_0e+1", "[0e+1]"), ("number_0e1", "[0e1]"),
    ("number_after_space", "[ 4]"),
    ("number_double_close_to_zero", "[-0.000000000000000000000000000000000000000000000000001]"),
    ("number_int_with_exp", "[20e1]"), ("number_minus_zero", "[-0]"),
    ("number_negative_int", "[-123]"), ("number_real_capital_e", "[1E22]"),
    ("number_real_capital_e_neg_exp", "[1E-2]"), ("number_real_fraction_exponent", "[123.456e78]"),
    ("number_simple_real", "[123.456789]"), ("object", #"{"asd":"sdf", "dfg":"fgh"}"#),
    ("object_basic", #"{"asd":"sdf"}"#), ("object_duplicated_key", #"{"a":"b","a":"c"}"#),
    ("object_duplicated_key_and_value", #"{"a":"b","a":"b"}"#), ("object_empty", "{}"),
    ("object_empty_key", #"{"":0}"#), ("object_escaped_null_in_key", #"{"foo\u0000bar": 42}"#),
    ("object_extreme_numbers", #"{ "min": -1.0e+28, "max": 1.0e+28 }"#),
    ("object_long_strings", #"{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "x"}"#),
    ("object_simple", #"{"a":[]}"#), ("object_with_newlines", "{\n\"a\": \"b\"\n}"),
    ("string_1_2_3_bytes_UTF-8", #"["\u0060\u012a\u12AB"]"#),
    ("string_accepted_surrogate_pair", #"["\uD801\udc37"]"#),
    ("string_allowed_escapes", #"["\"\\\/\b\f\n\r\t"]"#),
    ("string_backslash_and_u", #"["\\u0000"]"#), ("string_backslash_doublequotes", #"["\""]"#),
    ("string_comments", #"["a/*b*/c/*d//e"]"#), ("string_double_escape_n", #"["\\n"]"#),
    ("string_escaped_noncharacter", #"["\uFFFF"]"#), ("string_in_array", #"["asd"]"#),
    ("string_nonCharacterInUTF-8_U+10FFFF", "[\"\u{10FFFF}\"]"),
    ("string_null_escape", #"["\u0000"]"#), ("string_pi", #"["π"]"#),
    ("string_u+2028_line_sep", "[\"\u{2028}\"]"), ("string_unescaped_del", "[\"\u{7F}\"]"),
    ("string_utf8", #"["€𝄞"]"#), ("string_simple_ascii", #"["asd "]"#), ("string_space", #"" ""#),
    ("structure_lonely_false", "false"), ("structure_lonely_int", "42"),
    ("structure_lonely_negative_real", "-0.1"), ("structure_lonely_null", "null"),
    ("structure_lonely_string", #""asd""#), ("structure_string_empty", #""""#),
    ("structure_true_in_array", "[true]"), ("structure_whitespace_array", " [] "),
    ("i_string_lone_surrogate", #"["\uDADA"]"#), ("i_number_huge_exp", "[0.4e00669999999999]"),
  ]

  static let refused: [(String, String)] = [
    ("array_1_true_without_comma", "[1 true]"), ("array_colon_instead_of_comma", #"["": 1]"#),
    ("array_comma_after_close", #"[""],"#), ("array_comma_and_number", "[,1]"),
    ("array_double_comma", "[1,,2]"), ("array_extra_close", #"["x"]]"#),
    ("array_extra_comma", #"["",]"#), ("array_incomplete", #"["x""#),
    ("array_incomplete_invalid_value", "[x"), ("array_inner_array_no_comma", "[3[4]]"),
    ("array_items_separated_by_semicolon", "[1:2]"), ("array_just_comma", "[,]"),
    ("array_just_minus", "[-]"), ("array_missing_value", #"[   , ""]"#),
    ("array_number_and_comma", "[1,]"), ("array_star_inside", "[*]"), ("array_unclosed", #"[""#),
    ("array_unclosed_with_new_lines", "[1,\n1\n,1"), ("incomplete_false", "[fals]"),
    ("incomplete_null", "[nul]"), ("incomplete_true", "[tru]"), ("number_++", "[++1234]"),
    ("number_+1", "[+1]"), ("number_+Inf", "[+Inf]"), ("number_-01", "[-01]"),
    ("number_-1.0.", "[-1.0.]"), ("number_-2.", "[-2.]"), ("number_-NaN", "[-NaN]"),
    ("number_.-1", "[.-1]"), ("number_.2e-3", "[.2e-3]"), ("number_0.1.2", "[0.1.2]"),
    ("number_0.3e", "[0.3e]"), ("number_0.3e+", "[0.3e+]"), ("number_0.e1", "[0.e1]"),
    ("number_0_capital_E", "[0E]"), ("number_1.0e-", "[1.0e-]"), ("number_1_000", "[1 000.0]"),
    ("number_1eE2", "[1eE2]"), ("number_2.e3", "[2.e3]"), ("number_9.e+", "[9.e+]"),
    ("number_Inf", "[Inf]"), ("number_NaN", "[NaN]"), ("number_expression", "[1+2]"),
    ("number_hex_1_digit", "[0x1]"), ("number_minus_space_1", "[- 1]"),
    ("number_neg_int", "[-012]"),
    ("number_real_garbage_after_e", "[1ea]"), ("number_real_without_int", "[-.123]"),
    ("number_starting_with_dot", "[.123]"), ("number_then_00", "1 00"),
    ("number_with_leading_zero", "[012]"), ("object_bad_value", #"["x", truth]"#),
    ("object_bracket_key", #"{[: "x"}"#), ("object_comma_instead_of_colon", #"{"x", null}"#),
    ("object_double_colon", #"{"x"::"b"}"#), ("object_garbage_at_end", #"{"a":"a" 123}"#),
    ("object_key_with_single_quotes", "{key: 'value'}"), ("object_missing_colon", #"{"a" b}"#),
    ("object_missing_key", #"{:"b"}"#), ("object_missing_semicolon", #"{"a" "b"}"#),
    ("object_missing_value", #"{"a":"#), ("object_no-colon", #"{"a""#),
    ("object_non_string_key", "{1:1}"), ("object_several_trailing_commas", #"{"id":0,,,,,}"#),
    ("object_single_quote", "{'a':0}"), ("object_trailing_comma", #"{"id":0,}"#),
    ("object_trailing_comment", #"{"a":"b"}/**/"#), ("object_two_commas", #"{"a":"b",,"c":"d"}"#),
    ("object_unquoted_key", #"{a: "b"}"#), ("object_unterminated-value", #"{"a":"a"#),
    ("object_with_trailing_garbage", #"{"a":"b"}#"#), ("single_space", " "),
    ("string_1_surrogate_then_escape_u", #"["\uD800\u"]"#),
    ("string_1_surrogate_then_escape_u1x", #"["\uD800\u1x"]"#),
    ("string_accentuated_char_no_quotes", "[é]"), ("string_backslash_00", "[\"\\\u{0}\"]"),
    ("string_escape_x", #"["\x00"]"#), ("string_escaped_backslash_bad", #"["\\\"]"#),
    ("string_escaped_emoji", #"["\🌀"]"#), ("string_incomplete_escape", #"["\"]"#),
    ("string_incomplete_escaped_character", #"["\u00A"]"#), ("string_invalid_escape", #"["\a"]"#),
    ("string_invalid_unicode_escape", #"["\uqqqq"]"#), ("string_no_quotes", "[asd]"),
    ("string_single_doublequote", "\""), ("string_single_quote", "['single quote']"),
    ("string_start_escape_unclosed", #"["\"#), ("string_unescaped_ctrl_char", "[\"a\u{0}a\"]"),
    ("string_unescaped_newline", "[\"new\nline\"]"), ("string_unescaped_tab", "[\"\t\"]"),
    ("structure_UTF8_BOM", "\u{FEFF}{}"), ("structure_angle_bracket", "<.>"),
    ("structure_array_trailing_garbage", "[1]x"), ("structure_array_with_extra_close", "[1]]"),
    ("structure_asterisk", #"{"*":"b"}*"#), ("structure_capitalized_True", "[True]"),
    ("structure_close_unopened_array", "1]"),
    ("structure_comma_instead_of_closing", #"{"x": true,"#),
    ("structure_double_array", "[][]"), ("structure_end_array", "]"), ("structure_no_data", ""),
    ("structure_null-byte", "[\u{0}]"), ("structure_object_with_comment", #"{"a":/*c*/"b"}"#),
    ("structure_open_array_object", #"[{"":"#), ("structure_open_object_close_array", "{]"),
    ("structure_open_array_close_object", "[}"), ("structure_single_eacute", "é"),
    ("structure_unclosed_array", "[1"), ("structure_unclosed_object", #"{"asd":"asd""#),
    ("structure_whitespace_formfeed", "[\u{0C}]"), ("structure_whitespace_U+2060", "[\u{2060}]"),
  ]

  @Test(arguments: accepted)
  func `what the suite accepts is accepted`(name: String, text: String) throws {
    let bytes = Array(text.utf8)
    let root = try JSONNode.validated(in: bytes)
    // The lazy reader agrees on what is valid.
    #expect(try JSONNode(scanning: bytes) == root)
  }

  @Test(arguments: refused)
  func `what the suite refuses is refused`(name: String, text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: JSONError.self) { try JSONNode.validated(in: bytes) }
  }

  static let malformedUTF8: [[UInt8]] = [
    [0xFF], [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0xAF], [0xE2, 0x82],
    [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80],
    [0xF5, 0x80, 0x80, 0x80],
    [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x9D, 0x84],
  ]

  @Test(arguments: malformedUTF8)
  func `a string that is not UTF-8 is refused`(bytes: [UInt8]) {
    for padding in [0, 1, 15, 16, 17] {
      let text = [0x22] + [UInt8](repeating: 0x61, count: padding) + bytes + [0x22]
      let error = #expect(throws: JSONError.self) { try JSONNode.validated(in: text) }
      #expect(error?.code == .invalidUTF8)
    }
  }

  @Test func `nesting is bounded by both readers`() {
    let limit = JSONLimits.maximumDepth
    func nested(_ depth: Int) -> [UInt8] {
      Array(
        (String(repeating: "[{\"a\":", count: depth / 2) + "1"
          + String(repeating: "}]", count: depth / 2)).utf8)
    }
    let deepest = nested(limit)
    let tooDeep = nested(limit + 2)
    #expect(throws: Never.self) { try JSONNode.validated(in: deepest) }
    #expect(throws: Never.self) { try JSONNode(scanning: deepest) }
    let strict = #expect(throws: JSONError.self) { try JSONNode.validated(in: tooDeep) }
    let lazy = #expect(throws: JSONError.self) { try JSONNode(scanning: tooDeep) }
    #expect(strict?.code == .tooDeep && lazy?.code == .tooDeep)
    let own = #expect(throws: JSONError.self) {
      try JSONNode.validated(in: deepest, maximumDepth: 3)
    }
    #expect(own == JSONError(.tooDeep, at: 7))
  }

  @Test func `every prefix of a text is truncated, and never read beyond`() {
    let text = Array(#"{"a":[1.5e3,"\u00e9é\n",true,null],"b":{"c":false}}"#.utf8)
    for length in 0..<text.count {
      let prefix = Array(text[..<length])
      #expect(throws: JSONError.self) { try JSONNode.validated(in: prefix) }
      #expect(throws: JSONError.self) { try JSONNode(scanning: prefix) }
    }
  }
}
