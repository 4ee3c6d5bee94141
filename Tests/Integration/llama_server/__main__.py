# SPDX-License-Identifier: Apache-2.0
"""`python -m llama_server MODEL.gguf KEY [embeddings]`: serves until standard input ends.

A process of its own: the server's threads end with it, whatever state they are in.
"""

import sys

import xllamacpp


def main(model: str, key: str, *modes: str) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {"noise"}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.n_ctx = 8192
    params.n_parallel = 4
    params.cpuparams.n_threads = 1
    params.warmup = False
    if "embeddings" in modes:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
