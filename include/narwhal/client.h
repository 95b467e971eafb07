/* libnarwhal in plain C: enqueues jobs to any broker, for languages that are not C++. (C++ programs
 * use producer.h, which is this without the C.)
 *
 *     char error[256];
 *     narwhal_client *client = narwhal_client_open("sqlite:/var/lib/app/jobs.db", error, sizeof
 * error); narwhal_new_job job = {.payload = {text, strlen(text)}, .run_at = NARWHAL_AT_ONCE}; if
 * (narwhal_client_enqueue(client, &job, 1, error, sizeof error) != 0) ...
 *
 * Threads may share a client; their calls wait for each other. A process that is forked later may
 * use it too: it connects anew by itself, and what it inherited is left alone. A broker that went
 * away is connected to again by the next call. Nothing here calls back, nothing waits for ever. */
#ifndef NARWHAL_CLIENT_H
#define NARWHAL_CLIENT_H

// This is C, for any language to call: NOLINTBEGIN(modernize-*)
#include <stddef.h>

#include "narwhal/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* narwhal_new_job::run_at of a job that is due now. */
#define NARWHAL_AT_ONCE (-1)

/* What went wrong, in kind; the text says it in words. */
typedef enum narwhal_client_status {
  NARWHAL_CLIENT_OK = 0,
  NARWHAL_CLIENT_INVALID = 1,     /* the job or the URL is wrong; trying again cannot help */
  NARWHAL_CLIENT_TOO_LARGE = 2,   /* over the broker's limit */
  NARWHAL_CLIENT_UNAVAILABLE = 3, /* the broker is away; nothing was stored, or it is unknown */
  NARWHAL_CLIENT_REFUSED = 4,     /* the broker said no: credentials, permissions */
  NARWHAL_CLIENT_FAILED = 5
} narwhal_client_status;

typedef struct narwhal_client narwhal_client;

/* Opens a client by URL, e.g. "redis://localhost". NULL when the URL is wrong or the broker
 * refuses, with the reason in `error`, cut to fit and terminated. A broker that is away now is no
 * error yet. */
narwhal_client* narwhal_client_open(const char* url, char* error, size_t error_size);

/* One of a broker's options, as in the daemon's configuration: "format" is "sidekiq". */
typedef struct narwhal_option {
  const char* name;
  const char* value;
} narwhal_option;

/* The same with `count` options, which are copied. */
narwhal_client* narwhal_client_open_with(const char* url, const narwhal_option* options,
                                         size_t count, char* error, size_t error_size);

/* Stores `count` jobs and returns NARWHAL_CLIENT_OK once the broker has confirmed them: all or none
 * where the broker can do that, else in order up to the first error. */
int narwhal_client_enqueue(narwhal_client* client, const narwhal_new_job* jobs, size_t count,
                           char* error, size_t error_size);

/* Not while another thread is in a call. NULL is ignored. */
void narwhal_client_close(narwhal_client* client);
// NOLINTEND(modernize-*)

#ifdef __cplusplus
}
#endif
#endif
