// SPDX-License-Identifier: Apache-2.0

// An external processor for Envoy that adds one header to each request: `ext-proc ADDRESS NAME VALUE`.
// gRPC's callback API, which its maintainers recommend and which starts no thread for a stream.

#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "ext_proc.grpc.pb.h"

namespace ext_proc = envoy::service::ext_proc::v3;

class AddHeader final
    : public grpc::ServerBidiReactor<ext_proc::ProcessingRequest, ext_proc::ProcessingResponse> {
 public:
  explicit AddHeader(const ext_proc::ProcessingResponse &answer) : answer_(answer) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override { ok ? StartWrite(&answer_) : Finish(grpc::Status::OK); }
  void OnWriteDone(bool ok) override { ok ? StartRead(&request_) : Finish(grpc::Status::OK); }

  void OnDone() override { delete this; }

 private:
  ext_proc::ProcessingRequest request_;
  const ext_proc::ProcessingResponse &answer_;
};

class Processor final : public ext_proc::ExternalProcessor::CallbackService {
 public:
  Processor(const std::string &name, const std::string &value) {
    auto *mutation = answer_.mutable_request_headers()->mutable_response()->mutable_header_mutation();
    auto *header = mutation->add_set_headers()->mutable_header();
    header->set_key(name);
    header->set_raw_value(value);
  }

  grpc::ServerBidiReactor<ext_proc::ProcessingRequest, ext_proc::ProcessingResponse> *Process(
      grpc::CallbackServerContext *) override {
    return new AddHeader(answer_);
  }

 private:
  ext_proc::ProcessingResponse answer_;
};

int main(int count, char **arguments) {
  if (count != 4) {
    std::cerr << "usage: ext-proc ADDRESS NAME VALUE\n";
    return 2;
  }
  Processor processor(arguments[2], arguments[3]);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(arguments[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&processor);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  server->Wait();
}
