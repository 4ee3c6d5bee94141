// SPDX-License-Identifier: Apache-2.0

/// Streams of the Messages API, in the shapes of its documentation.
enum AnthropicSamples {
  private static func stream(_ events: String...) -> String {
    events.map { event in
      let name = event.dropFirst(#"{"type":""#.count).prefix { $0 != "\"" }
      return "event: \(name)\ndata: \(event)\n\n"
    }.joined()
  }

  private static func start(_ usage: String) -> String {
    #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","#
      + #""model":"claude-sonnet-5-5","content":[],"stop_reason":null,"stop_sequence":null,"#
      + #""usage":\#(usage)}}"#
  }

  private static let usage =
    #"{"input_tokens":25,"cache_creation_input_tokens":4,"cache_read_input_tokens":30,"#
    + #""cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":0},"output_tokens":1}"#

  static let text = stream(
    start(usage),
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"ping"}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Gr\u00fc\u00dfe"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":", é\u2028\"!\""}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"#
      + #""usage":{"input_tokens":25,"cache_creation_input_tokens":4,"cache_read_input_tokens":30,"output_tokens":15}}"#,
    #"{"type":"message_stop"}"#)

  static let tools = stream(
    start(#"{"input_tokens":472,"output_tokens":2}"#),
    #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"The user"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" asks."}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBCgIYAhIM1gbcDa9GJwZA2b3h"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Let me see."}}"#,
    #"{"type":"content_block_stop","index":1}"#,
    #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}"#,
    #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}"#,
    #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":" \"Bonn\"}"}}"#,
    #"{"type":"content_block_stop","index":2}"#,
    #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"time","input":{}}}"#,
    #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    #"{"type":"content_block_stop","index":3}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"#
      + #""usage":{"output_tokens":89,"output_tokens_details":{"thinking_tokens":12}}}"#,
    #"{"type":"message_stop"}"#)

  /// A search that the provider makes itself, in the middle of an answer.
  static let ownTool = stream(
    start(#"{"input_tokens":5,"output_tokens":1}"#),
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I look."}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}}"#,
    #"{"type":"content_block_stop","index":1}"#,
    #"{"type":"content_block_start","index":2,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[]}}"#,
    #"{"type":"content_block_stop","index":2}"#,
    #"{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"cited_text":"no"}}}"#,
    #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":" Found."}}"#,
    #"{"type":"content_block_stop","index":3}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"pause_turn"},"usage":{"input_tokens":900,"output_tokens":20}}"#,
    #"{"type":"message_stop"}"#)

  static let refusal = stream(
    start(#"{"input_tokens":5,"output_tokens":1}"#),
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Well"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":"#
      + #"{"type":"refusal","category":"bio","explanation":"No."}},"usage":{"output_tokens":2}}"#,
    #"{"type":"message_stop"}"#)

  static let overloaded = stream(
    start(#"{"input_tokens":5,"output_tokens":1}"#),
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"0123456789"}}"#,
    #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)

  static let completion = stream(
    #"{"type":"completion","id":"compl_1","completion":" Hi","stop_reason":null,"model":"claude-2.1"}"#,
    #"{"type":"ping"}"#,
    #"{"type":"completion","id":"compl_1","completion":" you","stop_reason":null,"model":"claude-2.1"}"#,
    #"{"type":"completion","id":"compl_1","completion":"","stop_reason":"max_tokens","model":"claude-2.1"}"#
  )
}
