// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the spawner process share.

#ifndef PATCHBAY_SPAWNER_PARTS_H
#define PATCHBAY_SPAWNER_PARTS_H

#include "CSpawner.h"

// The executable, stdout, stderr.
#define PATCHBAY_SPAWN_FIXED 3
#define PATCHBAY_SPAWN_MAX_DESCRIPTORS (PATCHBAY_SPAWN_FIXED + PATCHBAY_SPAWN_MAX_SOCKETS)

// A request as it arrived.
struct received_request {
  struct patchbay_spawn_request request;
  int descriptors[PATCHBAY_SPAWN_MAX_DESCRIPTORS];
  int count;
};

enum reception {
  RECEIVED,
  // Of the wrong size, or with more descriptors than fit.
  MALFORMED,
  // Nothing was there after all.
  NOTHING,
  // The host is gone.
  HOST_GONE,
};

// The loop of the spawner process. Returns when the host is gone and its plugins are killed.
void spawner_run(int socket, pid_t host);

// Receives one request. The descriptors in it are the caller's to close, whatever is returned.
enum reception spawner_receive(int socket, struct received_request *received);

// In the new process: everything between fork and exec. A failure is written to the pipe as two 32-bit numbers: errno
// and the stage. `parent` is the spawner.
_Noreturn void spawner_exec(const struct received_request *received, int failure, pid_t parent);

#endif
