/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - the one list of operating errors, and REQUIRE for our own bugs.
 *
 * A status says that the world did not do as hoped: handle it or hand it up. REQUIRE(e) says that
 * we wrote a bug: the process stops at once, in release builds too. Bytes off the wire never reach
 * a REQUIRE unchecked.
 */
#ifndef MMA_LIBCOMMON_BASE_STATUS_H
#define MMA_LIBCOMMON_BASE_STATUS_H

#define STATUS_TABLE(ROW)                                                                                              \
    ROW(OK, "ok")                                                                                                      \
    ROW(INVALID, "invalid argument or message")                                                                        \
    ROW(TRUNCATED, "input ends too early")                                                                             \
    ROW(TOO_LARGE, "larger than the limit")                                                                            \
    ROW(FULL, "table or queue is full")                                                                                \
    ROW(EMPTY, "nothing there yet")                                                                                    \
    ROW(NOT_FOUND, "not found")                                                                                        \
    ROW(EXISTS, "exists already")                                                                                      \
    ROW(UNAUTHORIZED, "not authorized")                                                                                \
    ROW(EXPIRED, "deadline or lifetime has passed")                                                                    \
    ROW(UNAVAILABLE, "dependency is away")                                                                             \
    ROW(REFUSED, "refused by the other side")                                                                          \
    ROW(STALE, "of an older epoch or generation")                                                                      \
    ROW(CANCELLED, "cancelled")                                                                                        \
    ROW(NO_MEMORY, "out of memory")                                                                                    \
    ROW(IO, "input or output failed")                                                                                  \
    ROW(MISMATCH, "differs from what was expected")

enum status {
#define STATUS_ENUM_ROW(name, text) STATUS_##name,
    STATUS_TABLE(STATUS_ENUM_ROW)
#undef STATUS_ENUM_ROW
        STATUS_COUNT
};

/* Short lower-case English; never NULL, "unknown status" for a value that is not in the table. */
const char *status_text(enum status status);

#define MUST_USE                               __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

#define REQUIRE(expression) ((expression) ? (void)0 : status_require_failed(#expression, __FILE__, __LINE__))

/* Calls the handler, if one is set, then traps. The daemon frame sets a handler that logs. */
_Noreturn void status_require_failed(const char *expression, const char *file, int line);
typedef void require_handler(const char *expression, const char *file, int line);
void status_set_require_handler(require_handler *handler);

#endif
