// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CSpawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

int patchbay_spawner_start(pid_t *pid) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
  pid_t host = getpid();
  pid_t child = fork();
  if (child < 0) {
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return -error;
  }
  if (child == 0) {
    close(ends[0]);
    prctl(PR_SET_NAME, "patchbay-spawn");
    // A signal to the terminal's process group is the host's to handle.
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (getppid() == host) patchbay_spawner_run(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  int flags = fcntl(ends[0], F_GETFL);
  fcntl(ends[0], F_SETFL, flags | O_NONBLOCK);
  if (pid) *pid = child;
  return ends[0];
}

int patchbay_spawner_send(int socket, const struct patchbay_spawn_request *request,
                          const int *descriptors, int count) {
  if (count < 0 || count > PATCHBAY_SPAWN_MAX_SOCKETS + 3) return EINVAL;
  char control[CMSG_SPACE(sizeof(int) * (PATCHBAY_SPAWN_MAX_SOCKETS + 3))];
  struct iovec part = {(void *)request, sizeof *request};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    memset(control, 0, sizeof control);
    message.msg_control = control;
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

int patchbay_spawner_receive(int socket, struct patchbay_spawn_report *report) {
  for (;;) {
    ssize_t length = recv(socket, report, sizeof *report, 0);
    if (length == (ssize_t)sizeof *report) return 1;
    if (length == 0) return 0;
    if (length < 0 && errno == EINTR) continue;
    return length < 0 ? -errno : -EPROTO;
  }
}
