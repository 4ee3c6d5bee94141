// SPDX-License-Identifier: Apache-2.0
//
// The spawner: a small single-threaded process that starts and reaps plugin processes. It is forked before the host has
// threads, and lives as long as the host: when the host's end of the socket closes, it kills what it started and exits.

#ifndef PATCHBAY_SPAWNER_H
#define PATCHBAY_SPAWNER_H

#include <stdint.h>
#include <sys/types.h>

// Descriptors that a plugin can get: control and one data connection for each event loop.
#define PATCHBAY_SPAWN_MAX_SOCKETS 200
#define PATCHBAY_SPAWN_NAME 64

enum patchbay_spawn_request_kind { PATCHBAY_SPAWN = 1, PATCHBAY_KILL = 2 };

// Host → spawner. With PATCHBAY_SPAWN come the descriptors, in this order: the executable, stdout, stderr, sockets.
struct patchbay_spawn_request {
  uint32_t kind;
  uint32_t sockets;
  uint64_t id;
  int32_t signal;
  uint32_t reserved;
  char name[PATCHBAY_SPAWN_NAME];
};

enum patchbay_spawn_report_kind { PATCHBAY_STARTED = 1, PATCHBAY_FAILED = 2, PATCHBAY_EXITED = 3 };

// Spawner → host.
struct patchbay_spawn_report {
  uint32_t kind;
  int32_t pid;
  uint64_t id;
  // FAILED: errno, and the step that failed. EXITED: the status of waitpid.
  int32_t code;
  uint32_t stage;
  // EXITED: microseconds of CPU, kilobytes of memory at most.
  uint64_t cpu_us;
  uint64_t max_rss_kb;
};

enum patchbay_spawn_stage {
  PATCHBAY_STAGE_REQUEST = 1,
  PATCHBAY_STAGE_FORK = 2,
  PATCHBAY_STAGE_DESCRIPTORS = 3,
  PATCHBAY_STAGE_LIMITS = 4,
  PATCHBAY_STAGE_EXEC = 5,
};

// Forks the spawner. To be called first in main, before any thread exists. Returns the host's end of the socket
// (SOCK_SEQPACKET, close-on-exec, non-blocking), or -errno.
int patchbay_spawner_start(pid_t *pid);

// Sends a request with its descriptors. Returns 0 or errno.
int patchbay_spawner_send(int socket, const struct patchbay_spawn_request *request,
                          const int *descriptors, int count);

// Receives a report. Returns 1, 0 when the spawner is gone, or -errno (-EAGAIN: there is none).
int patchbay_spawner_receive(int socket, struct patchbay_spawn_report *report);

// In the spawner: the loop that it runs. Returns when the host is gone.
void patchbay_spawner_run(int socket);

// In the child: everything between fork and exec. Does not return.
void patchbay_spawner_exec(const struct patchbay_spawn_request *request, const int *descriptors,
                           int count, int failure, pid_t parent);

#endif
