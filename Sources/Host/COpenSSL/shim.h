// SPDX-License-Identifier: Apache-2.0
#ifndef PATCHBAY_COPENSSL_SHIM_H
#define PATCHBAY_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Swift sees no function-like macros; these functions are those of OpenSSL's that the host needs.

static inline int shim_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline int shim_SSL_CTX_get_min_proto_version(SSL_CTX *context) {
  return (int)SSL_CTX_get_min_proto_version(context);
}

static inline int shim_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
  return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline void shim_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
  SSL_CTX_set_mode(context, mode);
}

static inline void shim_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
  SSL_CTX_set_session_cache_mode(context, mode);
}

static inline void shim_SSL_CTX_refuse_renegotiation(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

static inline void shim_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void shim_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

// To clear visits every slot of the queue, to look does not; and it is nearly always empty.
static inline void shim_ERR_clear_error(void) {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

#endif
