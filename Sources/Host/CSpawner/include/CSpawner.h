// SPDX-License-Identifier: Apache-2.0
//
// The spawner: a small single-threaded process that starts and reaps plugin processes. It is forked before the host has
// threads, and lives as long as the host: when the host is gone, it kills what it started and exits. When the spawner
// dies first, the parent-death signal kills the plugins, and the host reads an end of file.

#ifndef PATCHBAY_SPAWNER_H
#define PATCHBAY_SPAWNER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Sockets that a plugin can get: control, and one data connection for each event loop. With the executable and the
// two pipes this stays below the 253 descriptors that one message can carry.
#define PATCHBAY_SPAWN_MAX_SOCKETS 200
// Bytes of a plugin's name, the final zero included.
#define PATCHBAY_SPAWN_NAME 65

// Bytes of all paths of a request.
#define PATCHBAY_SPAWN_PATHS 16384
// Bytes of what a failure is about, the final zero included.
#define PATCHBAY_SPAWN_SUBJECT 256

enum patchbay_spawn_request_kind { PATCHBAY_SPAWN = 1, PATCHBAY_KILL = 2 };

// How a process is confined, and what it may do all the same.
enum patchbay_spawn_option {
  PATCHBAY_SANDBOX = 1,
  // It is not started when one of patchbay_parts_needed cannot be had.
  PATCHBAY_SANDBOX_REQUIRED = 2,
  // Sockets of IPv4 and IPv6, TCP connections.
  PATCHBAY_ALLOW_NETWORK = 4,
  // Processes of its own.
  PATCHBAY_ALLOW_PROCESSES = 8,
  // It has no sockets, and `--manifest` as its argument.
  PATCHBAY_PRINT_MANIFEST = 16,
  // It starts beside processes that serve: see patchbay_be_patient, patchbay_step_aside.
  PATCHBAY_PATIENT = 32,
};

// The letter before a path: files there are read (and executed), or written too.
enum patchbay_path_kind { PATCHBAY_PATH_READ = 'r', PATCHBAY_PATH_WRITE = 'w' };

// The parts of a sandbox.
enum patchbay_sandbox_part {
  // An exec gives no rights.
  PATCHBAY_PART_NO_NEW_PRIVILEGES = 1,
  // Not even root has any.
  PATCHBAY_PART_CAPABILITIES = 2,
  // Files.
  PATCHBAY_PART_LANDLOCK = 4,
  PATCHBAY_PART_LANDLOCK_TCP = 8,
  // Signals and abstract Unix sockets of others.
  PATCHBAY_PART_LANDLOCK_SCOPES = 16,
  // System calls.
  PATCHBAY_PART_SECCOMP = 32,
  // Network, System V IPC, host name and mounts of its own.
  PATCHBAY_PART_NAMESPACES = 64,
  // So many threads and no more.
  PATCHBAY_PART_THREADS = 128,
};

// The parts without which a sandbox that is required is none.
static inline uint32_t patchbay_parts_needed(void) {
  return PATCHBAY_PART_NO_NEW_PRIVILEGES | PATCHBAY_PART_CAPABILITIES | PATCHBAY_PART_LANDLOCK |
         PATCHBAY_PART_SECCOMP;
}

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
  // patchbay_spawn_option.
  uint32_t options;
  // Bytes of paths that follow: each a letter, an absolute path, a zero.
  uint32_t paths;
  // Bytes that it may have to itself; 0: no limit.
  uint64_t memory;
  // argv[0], and but for PATCHBAY_PRINT_MANIFEST the only argument.
  char name[PATCHBAY_SPAWN_NAME];
};

enum patchbay_spawn_report_kind {
  PATCHBAY_STARTED = 1,
  PATCHBAY_FAILED = 2,
  PATCHBAY_EXITED = 3,
  // By a signal that stops it, until it is told to go on.
  PATCHBAY_PAUSED = 4,
  PATCHBAY_RESUMED = 5,
};

// Spawner → host, one in a packet.
struct patchbay_spawn_report {
  uint32_t kind;
  int32_t pid;
  uint64_t id;
  // FAILED: errno. EXITED: the status as wait(2) gives it.
  int32_t code;
  // FAILED: a patchbay_spawn_stage.
  uint32_t stage;
  // STARTED, and FAILED at PATCHBAY_STAGE_SANDBOX: the patchbay_sandbox_part that are there, and the
  // patchbay_spawn_option of the request.
  uint32_t parts;
  uint32_t options;
  // EXITED: microseconds of CPU, kilobytes of resident memory at most.
  uint64_t cpu_us;
  uint64_t max_rss_kb;
  // FAILED: what the error is about; may be empty.
  char subject[PATCHBAY_SPAWN_SUBJECT];
};

// The step of a start that failed.
enum patchbay_spawn_stage {
  PATCHBAY_STAGE_REQUEST = 1,
  PATCHBAY_STAGE_FORK = 2,
  PATCHBAY_STAGE_DESCRIPTORS = 3,
  PATCHBAY_STAGE_LIMITS = 4,
  PATCHBAY_STAGE_EXEC = 5,
  PATCHBAY_STAGE_FOLDER = 6,
  // A part that is required is missing; the errno means nothing.
  PATCHBAY_STAGE_SANDBOX = 7,
  // The subject is a path that it may use, and that cannot be opened.
  PATCHBAY_STAGE_PATH = 8,
};

// Forks the spawner. To be called first in main, before any thread exists. Returns the host's end of the socket
// (SOCK_SEQPACKET, close-on-exec), or -errno.
int patchbay_spawner_start(pid_t *pid);

// Sends a request with its paths and its descriptors, which the caller keeps. Returns 0 or errno.
int patchbay_spawner_send(int socket, const struct patchbay_spawn_request *request,
                          const char *paths, const int *descriptors, int count);

// Hands descriptors to the process behind a connected Unix socket, with one byte to carry them. The caller keeps its own.
// Returns 0 or errno.
int patchbay_send_descriptors(int socket, const int *descriptors, int count);

// The process and the user behind a connected Unix socket. Returns 0 or errno.
int patchbay_socket_peer(int socket, pid_t *pid, uid_t *uid);

// Begins to watch folders. Returns a descriptor, or -1 and errno.
int patchbay_watch_start(void);

// Watches a folder. Returns its number, or -1 and errno.
int patchbay_watch_folder(int watch, const char *folder);

// Waits until a file of a watched folder was written to its end or renamed into it. For one thread. Fills in its name and
// returns the folder's number, or -1.
int patchbay_watch_next(int watch, char *name, size_t size);

// What the names of temporary folders of hosts begin with.
#define PATCHBAY_TEMPORARY "/patchbay-run-"

// Makes a folder that only this user enters; six letters are added to the prefix, a path. Returns a descriptor, which keeps
// the folder until it is closed, or -errno.
int patchbay_make_temporary(const char *prefix, char *path, size_t size);

// Removes the folders of this prefix that no process keeps.
void patchbay_remove_abandoned(const char *prefix);

// Lets two paths change places, both being there all the time. Returns 0 or errno: of an older file system EINVAL.
int patchbay_exchange(const char *one, const char *other);

// This thread's number.
pid_t patchbay_this_thread(void);

// Gives this thread a name of at most 15 bytes, which threads that it starts have too.
void patchbay_name_thread(const char *name);

// Lets this thread run for long at a time, which makes others that wake up go first; its share stays what it is. Kernels
// before 6.12 know no such thing.
void patchbay_be_patient(void);

// Lets this thread go first when it wakes up, before threads that run for the usual time: for the loops that carry traffic.
void patchbay_serve_first(void);

// Lets a thread (0: this one) run only where and when hardly another one wants to. Nothing happens where it could not come back:
// that takes CAP_SYS_NICE, or RLIMIT_NICE of 20 and more.
void patchbay_step_aside(pid_t thread);

// Ends it.
void patchbay_come_back(pid_t thread);

// Lets all threads of a process come back, and go first when they wake up: they serve now.
void patchbay_be_prompt(pid_t process);

// Copies a file of at most `limit` bytes into memory, where nobody can change it any more, and from where it can be executed.
// Returns a descriptor, or -errno.
int patchbay_seal(int file, const char *name, off_t limit);

// Waits for a report. Returns 1, 0 when the spawner is gone, or -errno.
int patchbay_spawner_receive(int socket, struct patchbay_spawn_report *report);

// Waits for the end of the spawner, which follows when the socket is shut down and its plugins are killed.
void patchbay_spawner_wait(pid_t pid);

#endif
