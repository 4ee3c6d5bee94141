// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiMediaTests {
  private func part(_ part: String, _ settings: ProviderSettings = ProviderSettings()) throws
    -> String
  {
    let request = try GeminiAsked.request(
      #"{"messages":[{"role":"user","content":[\#(part)]}]}"#, settings)
    #expect(request.unsupported == [])
    let head = #"{"contents":[{"role":"user","parts":["#
    return String(request.text.dropFirst(head.count).dropLast(4))
  }

  private func image(_ url: String) -> String {
    #"{"type":"image_url","image_url":{"url":"\#(url)"}}"#
  }

  @Test func `a data URL is inline, with its type`() throws {
    #expect(
      try part(image("data:image/webp;base64,AAA+/w=="))
        == #"{"inlineData":{"mimeType":"image/webp","data":"AAA+/w=="}}"#)
    #expect(
      try part(image("data:image/png;name=a;base64,AA"))
        == #"{"inlineData":{"mimeType":"image/png","data":"AA"}}"#)
  }

  @Test(arguments: [
    ("https://h.example/a.b/cat.PNG?x=1.gif#y", #""mimeType":"image/png","#),
    ("gs://bucket/film.mp4", #""mimeType":"video/mp4","#),
    ("https://h.example/cat", ""),
  ])
  func `an address has the type of its ending`(url: String, type: String) throws {
    #expect(try part(image(url)) == #"{"fileData":{\#(type)"fileUri":"\#(url)"}}"#)
  }

  @Test func `Vertex wants a type`() throws {
    #expect(
      try part(image("https://h/cat"), GeminiAsked.vertex)
        == #"{"fileData":{"mimeType":"image/jpeg","fileUri":"https://h/cat"}}"#)
  }

  @Test func `sound and files`() throws {
    #expect(
      try part(#"{"type":"input_audio","input_audio":{"data":"AA","format":"mp3"}}"#)
        == #"{"inlineData":{"mimeType":"audio/mp3","data":"AA"}}"#)
    #expect(
      try part(
        #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}}"#
      ) == #"{"inlineData":{"mimeType":"application/pdf","data":"AA"}}"#)
    #expect(
      try part(#"{"type":"file","file":{"file_id":"files/abc"}}"#)
        == #"{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}"#
    )
  }

  @Test(arguments: ["data:image/png,AA", "data:;base64", "data:image/png"])
  func `a data URL that is none is refused with its place`(url: String) {
    let problem = #expect(throws: RequestProblem.self) { try part(image(url)) }
    #expect(problem?.message.hasPrefix("messages[0].content[0].image_url.url: ") == true)
  }
}
