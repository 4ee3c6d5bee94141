// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the spawner process share.

#ifndef PATCHBAY_SPAWNER_PARTS_H
#define PATCHBAY_SPAWNER_PARTS_H

#include <stdbool.h>
#include <sys/uio.h>

#include "CSpawner.h"

// The executable, stdout, stderr.
#define PATCHBAY_SPAWN_FIXED 3
#define PATCHBAY_SPAWN_MAX_DESCRIPTORS (PATCHBAY_SPAWN_FIXED + PATCHBAY_SPAWN_MAX_SOCKETS)

// Where descriptors wait while their final numbers are still taken.
#define PATCHBAY_PARKING 256

// A request as it arrived.
struct received_request {
  struct patchbay_spawn_request request;
  // As in patchbay_spawner_send; zero-terminated whatever was sent.
  char paths[PATCHBAY_SPAWN_PATHS + 1];
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

// What the new process tells through its socket, which closes with a successful exec. The last one counts. With it comes the
// descriptor of spawner_bound_threads, if there is one.
struct outcome {
  // Zero: about to be executed.
  uint32_t stage;
  int32_t error;
  // The patchbay_sandbox_part that are in force.
  uint32_t parts;
  // What the error is about; may be empty.
  char subject[PATCHBAY_SPAWN_SUBJECT];
};

// In the host, before it forks: whether patchbay_step_aside may do anything.
void spawner_learn_precedence(void);

struct sock_fprog;

// What is about to be executed, for the filter that lets through nothing else.
struct start {
  // patchbay_spawn_option.
  uint32_t options;
  // spawner_refused_calls of them.
  const struct sock_fprog *refused;
  // In places of their own that cannot be guessed.
  char *path;
  char **arguments;
};

// Begins a process, and returns its number when it has executed the file or has failed: `outcomes` tells. -1: errno says why.
pid_t spawner_begin_process(const struct received_request *received, const char *folder,
                            int outcomes);

// In the new process, which has the spawner's memory until then: everything between clone and exec. `folder` is its private
// one, `parent` the spawner.
_Noreturn void spawner_exec(const struct received_request *received, const struct start *start,
                            const char *folder, int outcomes, pid_t parent);

// A path of a private folder, with the zero.
#define PATCHBAY_SPAWN_FOLDER 512

// Where private folders are made, if not in /tmp; null and nonsense change nothing.
void spawner_choose_temporary(const char *folder);

// Makes the private folder of a process. False: errno says why.
bool spawner_make_folder(const char *name, uint64_t id, char path[PATCHBAY_SPAWN_FOLDER]);

// Removes it with all that is in it, without waiting for that.
void spawner_remove_folder(const char *name, uint64_t id);

// Removes a folder with all that is in it.
void spawner_remove_tree(const char *path);

// Removes the folder in which they were, in the end, and those that nobody holds any more.
void spawner_remove_base(void);

// Limits of a plugin process. False: errno says why.
bool spawner_set_limits(bool can_write);

// The limit of memory, last of all: what was inherited counts until the exec replaces it.
bool spawner_limit_memory(uint64_t bytes);

// Everything but the filter, which comes last. Adds what could be had to `parts`. False: a permission's path cannot be
// opened; errno says why, the subject which.
bool spawner_build_sandbox(const struct received_request *received, const char *folder,
                           int executable, uint32_t *parts, const char **subject);

// Makes, once, what processes without a network have for one. Without it each makes its own.
void spawner_make_network(void);

bool spawner_enter_namespaces(uint32_t options, const char *folder);

bool spawner_drop_capabilities(void);

enum landlock_outcome {
  LANDLOCK_RESTRICTED,
  // The kernel has none, or not for us.
  LANDLOCK_MISSING,
  LANDLOCK_BAD_PATH,
};

enum landlock_outcome spawner_restrict_files(const struct received_request *received,
                                             int executable, uint32_t *parts,
                                             const char **subject);

// Has the spawner asked before this process gets another thread. Returns the descriptor of the questions, or -1 when the
// kernel cannot do that.
int spawner_bound_threads(void);

// In the spawner: adds a process's questions to those of an epoll descriptor. They end when the descriptor is closed.
void spawner_watch_threads(int watch, int questions);

// Answers what was asked.
void spawner_answer_threads(int watch);

// Sends a message with descriptors. Returns 0 or errno.
int spawner_send_message(int socket, struct iovec *parts, size_t part_count,
                         const int *descriptors, int count);

// The system calls that no process with these permissions gets, as a program for the kernel; null: this machine cannot
// have it. It is compiled once, which takes a millisecond.
const struct sock_fprog *spawner_refused_calls(uint32_t options);

// Refuses system calls from here on, but for the exec.
bool spawner_filter_calls(const struct start *start, bool are_signals_scoped);

#endif
