// SPDX-License-Identifier: Apache-2.0
//
// The spawner: a small single-threaded process that starts and reaps plugin processes. It is forked before the host has
// threads, and lives as long as the host: when the host is gone, it kills what it started and exits. When the spawner
// dies first, the parent-death signal kills the plugins, and the host reads an end of file.

#ifndef PATCHBAY_SPAWNER_H
#define PATCHBAY_SPAWNER_H

#include <stdint.h>
#include <sys/types.h>

// Sockets that a plugin can get: control, and one data connection for each event loop. With the executable and the
// two pipes this stays below the 253 descriptors that one message can carry.
#define PATCHBAY_SPAWN_MAX_SOCKETS 200
// Bytes of a plugin's name, the final zero included.
#define PATCHBAY_SPAWN_NAME 65

enum patchbay_spawn_request_kind { PATCHBAY_SPAWN = 1, PATCHBAY_KILL = 2 };

// Host → spawner, one in a packet. With PATCHBAY_SPAWN come the descriptors, in this order: the executable, stdout,
// stderr, sockets. The spawner closes its copies.
struct patchbay_spawn_request {
  uint32_t kind;
  // How many sockets there are.
  uint32_t sockets;
  // Names the process in everything that follows. Unique among those that run.
  uint64_t id;
  // PATCHBAY_KILL: for the process and what it has started in its group.
  int32_t signal;
  // argv[0] and the only argument.
  char name[PATCHBAY_SPAWN_NAME];
};

enum patchbay_spawn_report_kind { PATCHBAY_STARTED = 1, PATCHBAY_FAILED = 2, PATCHBAY_EXITED = 3 };

// Spawner → host, one in a packet.
struct patchbay_spawn_report {
  uint32_t kind;
  int32_t pid;
  uint64_t id;
  // FAILED: errno. EXITED: the status as wait(2) gives it.
  int32_t code;
  // FAILED: a patchbay_spawn_stage.
  uint32_t stage;
  // EXITED: microseconds of CPU, kilobytes of resident memory at most.
  uint64_t cpu_us;
  uint64_t max_rss_kb;
};

// The step of a start that failed.
enum patchbay_spawn_stage {
  PATCHBAY_STAGE_REQUEST = 1,
  PATCHBAY_STAGE_FORK = 2,
  PATCHBAY_STAGE_DESCRIPTORS = 3,
  PATCHBAY_STAGE_LIMITS = 4,
  PATCHBAY_STAGE_EXEC = 5,
};

// Forks the spawner. To be called first in main, before any thread exists. Returns the host's end of the socket
// (SOCK_SEQPACKET, close-on-exec), or -errno.
int patchbay_spawner_start(pid_t *pid);

// Sends a request with its descriptors, which the caller keeps. Returns 0 or errno.
int patchbay_spawner_send(int socket, const struct patchbay_spawn_request *request,
                          const int *descriptors, int count);

// Waits for a report. Returns 1, 0 when the spawner is gone, or -errno.
int patchbay_spawner_receive(int socket, struct patchbay_spawn_report *report);

// Waits for the end of the spawner, which follows when the socket is shut down and its plugins are killed.
void patchbay_spawner_wait(pid_t pid);

#endif
