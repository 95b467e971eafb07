/* The boundary between Narwhal's processes and a runtime: plain C, versioned, so that a runtime
 * (or an application's .so, which is one) built with another compiler or an older Narwhal keeps
 * working.
 *
 * A runtime is a shared object that exports
 *
 *     const narwhal_runtime *narwhal_runtime_v1(void);
 *
 * Life: the mold process (single-threaded) calls run(), which calls host->body() from its outermost
 * frame; inside body() the host calls load() once, then before_fork() and fork() for every worker.
 * In the worker it calls after_fork(), then wait() and execute() in turn, and finish() at the end.
 * The mold itself ends without finish().
 *
 * No C++ type and no exception crosses this boundary. Text is UTF-8 with a length, not terminated;
 * what one side hands out stays valid until the next call into that side. Functions marked optional
 * may be NULL. New fields are only ever added at the end; `size` says how many a side knows. */
#ifndef NARWHAL_RUNTIME_H
#define NARWHAL_RUNTIME_H

// This is C, for any language to implement: NOLINTBEGIN(modernize-*)
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NARWHAL_RUNTIME_ABI 1u
#define NARWHAL_RUNTIME_SYMBOL "narwhal_runtime_v1"

typedef struct narwhal_text {
  const char* data;
  size_t size;
} narwhal_text;

typedef enum narwhal_log_level {
  NARWHAL_LOG_DEBUG = 0,
  NARWHAL_LOG_INFO = 1,
  NARWHAL_LOG_WARNING = 2,
  NARWHAL_LOG_ERROR = 3
} narwhal_log_level;

/* How a run ended, as the runtime sees it. */
typedef enum narwhal_outcome {
  NARWHAL_DONE = 0,
  NARWHAL_FAILED = 1,    /* raised or returned failure: spends an attempt */
  NARWHAL_RETRIED = 2,   /* the job asked to run again as `again`: stored and acked as one step */
  NARWHAL_DISCARDED = 3, /* the job's own rules gave it up: acked, logged */
  NARWHAL_POSTPONED =
      4, /* cannot run here now (unknown class, EX_TEMPFAIL): retried, no attempt spent */
  NARWHAL_REJECTED = 5, /* can never run (malformed payload, EX_DATAERR): dead letter at once */
  NARWHAL_CRASHED =
      6 /* a process of its own that ran the job died by a signal: counts as a crash */
} narwhal_outcome;

/* A job to store. Text fields with size 0 mean "not given". */
typedef struct narwhal_new_job {
  narwhal_text id;    /* not given: one is made, and not reported back */
  narwhal_text queue; /* not given: "default" */
  narwhal_text payload;
  int64_t run_at;   /* microseconds since the Unix epoch; negative: at once */
  int32_t priority; /* lower is more urgent */
} narwhal_new_job;

/* The job to run. Valid during execute(). */
typedef struct narwhal_job {
  narwhal_text id;
  narwhal_text queue;
  narwhal_text payload;
  int64_t enqueued_at; /* microseconds since the Unix epoch; 0: unknown */
  int64_t deadline;    /* microseconds since the Unix epoch; 0: none */
  uint32_t attempt;    /* 1-based: failed runs so far + 1 */
  uint32_t crashes;
  int32_t priority;
  uint32_t soft_timeout_ms; /* 0: none; the runtime may ask the job to stop after this long */
} narwhal_job;

typedef struct narwhal_result {
  uint32_t size;            /* set by the host */
  int32_t outcome;          /* a narwhal_outcome */
  narwhal_text error_class; /* all outcomes but done */
  narwhal_text message;
  narwhal_text backtrace; /* one frame a line; causes after it */
  narwhal_text job_class; /* for the log; may be empty */
  narwhal_new_job again;  /* retried only; its id is ignored, the job keeps its own */
  int32_t leave;          /* not 0: this worker must not run another job; it is replaced */
  /* crashed only: of the process that ran the job, where they are known */
  int64_t max_rss_kib; /* its peak resident set */
  int32_t signal;      /* what killed it */
} narwhal_result;

/* host->state() */
#define NARWHAL_STATE_STOPPING \
  1u /* the daemon or this worker is on its way out: checkpoint and return */
#define NARWHAL_STATE_SOFT_TIMEOUT 2u /* soft_timeout has passed for the job in hand */

typedef struct narwhal_host narwhal_host;
struct narwhal_host {
  uint32_t abi, size;
  void* self; /* first argument of every function below */

  /* Runs the mold or worker to its end; called once by run(). Returns the exit status. */
  int (*body)(void* self);
  void (*log)(void* self, narwhal_log_level level, narwhal_text text);
  void (*set_title)(void* self, narwhal_text title);

  /* In workers, during execute() and from its thread only (state() from any thread). */
  uint32_t (*state)(void* self);
  /* Extends the deadline of the job in hand to `milliseconds` from now. 0 when there is none to
   * move. */
  int (*extend_deadline)(void* self, uint64_t milliseconds);
  /* Stores jobs through the master and waits for the broker's confirmation. 0, or -1 with *error.
   */
  int (*enqueue)(void* self, const narwhal_new_job* jobs, size_t count, narwhal_text* error);
  /* Names a process group that must die with this worker; 0 clears it. Async-signal-safe and usable
   * between fork and exec. */
  void (*set_process_group)(void* self, pid_t group);
  /* optional: says which class the job in hand is of, for the lines about it while it runs and
   * should the worker die with it; from the thread of execute() only. Copied, up to 200 bytes. A
   * host whose `size` ends before this has no such function. */
  void (*set_job_class)(void* self, narwhal_text name);
};

typedef struct narwhal_runtime {
  uint32_t abi, size;
  const char* name;    /* "native", "ruby": for the log */
  const char* version; /* of the runtime itself, e.g. the SDK's */

  /* optional: brings an interpreter up, calls host->body() from its outermost frame and returns
   * what that returned. NULL: the host calls body() itself. */
  int (*run)(const narwhal_host* host, int argc, char** argv);
  /* Loads the application, in the mold. 0, or -1 with *error. `path` is AppConfig::load. */
  int (*load)(const narwhal_host* host, narwhal_text path, narwhal_text* error);
  /* optional: once, after load() and before the first fork. */
  int (*prepare_fork)(narwhal_text* error);
  /* optional: in the mold, before each fork. */
  int (*before_fork)(uint32_t slot, narwhal_text* error);
  /* optional: fork(2)'s contract. NULL: the host calls fork(2). */
  pid_t (*fork)(void);
  /* optional: in the new worker, before it says that it is ready. */
  int (*after_fork)(uint32_t slot, narwhal_text* error);
  /* optional: poll(2) on one descriptor for reading: > 0 readable, 0 timeout or signal, < 0 error.
   */
  int (*wait)(int descriptor, int timeout_ms);
  /* Runs one job to its end. Always fills *result. */
  void (*execute)(const narwhal_job* job, narwhal_result* result);
  /* optional: in a worker that leaves in good order, after its last job. */
  void (*finish)(void);
  /* Signal the master sends to the worker at soft_timeout, besides raising
   * NARWHAL_STATE_SOFT_TIMEOUT; 0: none. */
  int interrupt_signal;
  /* Not 0: the worker's parent-death signal, handled by the runtime, in place of SIGKILL (a runtime
   * that has a process group to take along). */
  int death_signal;
} narwhal_runtime;

typedef const narwhal_runtime* (*narwhal_runtime_entry)(void);
// NOLINTEND(modernize-*)

#ifdef __cplusplus
}
#endif
#endif
