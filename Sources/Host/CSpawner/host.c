// SPDX-License-Identifier: Apache-2.0
//
// The host's end: forks the spawner, sends requests, receives reports.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawner.h"

// Where the spawner keeps its socket; everything above is closed.
#define SPAWNER_SOCKET 3

// Secrets come to the host in its environment. The copy that the kernel shows in /proc/PID/environ is wiped too.
static void forget_environment(void) {
  for (char **variable = environ; variable && *variable; variable++)
    explicit_bzero(*variable, strlen(*variable));
  // Not clearenv, whose lock another thread may have held when this process was forked.
  static char *nothing[] = {NULL};
  environ = nothing;
}

// Neither this process nor those that it starts can open it again. The session stays: see spawner_exec.
static void leave_terminal(void) {
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return;
  ioctl(terminal, TIOCNOTTY);
  close(terminal);
}

static _Noreturn void become_spawner(int socket, pid_t host) {
  prctl(PR_SET_NAME, "patchbay-spawn");
  spawner_choose_temporary(getenv("TMPDIR"));
  forget_environment();
  // What the terminal sends is the host's to decide about.
  setpgid(0, 0);
  leave_terminal();
  // The host's files, terminal and sockets are not held open by a process that outlives it by a moment.
  int null = open("/dev/null", O_RDWR);
  if (null < 0) _exit(1);
  // The socket may stand where /dev/null goes when the host was started without the three standard descriptors.
  int kept = fcntl(socket, F_DUPFD, SPAWNER_SOCKET + 1);
  if (kept < 0 || dup2(kept, SPAWNER_SOCKET) < 0) _exit(1);
  for (int standard = 0; standard < SPAWNER_SOCKET; standard++) {
    if (dup2(null, standard) < 0) _exit(1);
  }
  syscall(SYS_close_range, SPAWNER_SOCKET + 1, ~0U, 0);
  fcntl(SPAWNER_SOCKET, F_SETFD, FD_CLOEXEC);
  // A start needs many descriptors for a moment.
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  spawner_run(SPAWNER_SOCKET, host);
  _exit(0);
}

int patchbay_spawner_start(pid_t *pid) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
  spawner_learn_precedence();
  pid_t host = getpid();
  pid_t child = fork();
  if (child == 0) become_spawner(ends[1], host);
  int error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return -error;
  }
  if (pid) *pid = child;
  return ends[0];
}

int spawner_send_message(int socket, struct iovec *parts, size_t part_count,
                         const int *descriptors, int count) {
  if (count < 0 || count > PATCHBAY_SPAWN_MAX_DESCRIPTORS) return EINVAL;
  union {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int) * PATCHBAY_SPAWN_MAX_DESCRIPTORS)];
  } control = {0};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = part_count};
  if (count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

int patchbay_spawner_send(int socket, const struct patchbay_spawn_request *request,
                          const char *paths, const int *descriptors, int count) {
  if (request->paths > PATCHBAY_SPAWN_PATHS) return E2BIG;
  struct iovec parts[2] = {{(void *)(uintptr_t)request, sizeof *request},
                           {(void *)(uintptr_t)paths, request->paths}};
  return spawner_send_message(socket, parts, 2, descriptors, count);
}

int patchbay_send_descriptors(int socket, const int *descriptors, int count) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  return spawner_send_message(socket, &part, 1, descriptors, count);
}

int patchbay_socket_peer(int socket, pid_t *pid, uid_t *uid) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return errno;
  *pid = peer.pid;
  *uid = peer.uid;
  return 0;
}

int patchbay_spawner_receive(int socket, struct patchbay_spawn_report *report) {
  for (;;) {
    ssize_t length = recv(socket, report, sizeof *report, MSG_TRUNC);
    if (length == (ssize_t)sizeof *report) return 1;
    if (length == 0) return 0;
    if (length < 0 && errno == EINTR) continue;
    return length < 0 ? -errno : -EPROTO;
  }
}

void patchbay_spawner_wait(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}
