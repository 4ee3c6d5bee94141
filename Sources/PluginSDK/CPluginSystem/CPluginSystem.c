// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CPluginSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// The control connection; data connections follow.
#define FIRST 3
#define MAX_CONNECTIONS 253
// Where descriptors wait while their final numbers may still be taken.
#define PARKING 512

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -1;
  if (connect(socket_, (struct sockaddr *)&address, sizeof address) == 0) return socket_;
  int error = errno;
  close(socket_);
  errno = error;
  return -1;
}

// Returns how many there are, or -1.
static int receive(int socket_, int *descriptors) {
  union {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int) * MAX_CONNECTIONS)];
  } control;
  char byte;
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t length;
  do {
    length = recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (length == 0 || header == NULL || header->cmsg_type != SCM_RIGHTS) {
    errno = ECONNREFUSED;  // the host has refused this process
    return -1;
  }
  int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  memcpy(descriptors, CMSG_DATA(header), sizeof(int) * (size_t)count);
  return count;
}

int patchbay_attach(const char *path) {
  int socket_ = connect_to(path);
  if (socket_ < 0) return errno;
  int descriptors[MAX_CONNECTIONS];
  int count = receive(socket_, descriptors);
  int error = errno;
  close(socket_);
  if (count < 0) return error;
  for (int index = 0; index < count; index++) {
    int parked = fcntl(descriptors[index], F_DUPFD_CLOEXEC, PARKING);
    if (parked < 0) return errno;
    close(descriptors[index]);
    descriptors[index] = parked;
  }
  for (int index = 0; index < count; index++) {
    if (dup2(descriptors[index], FIRST + index) < 0) return errno;
    close(descriptors[index]);
  }
  return 0;
}

void patchbay_keep_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

void patchbay_name_process(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
