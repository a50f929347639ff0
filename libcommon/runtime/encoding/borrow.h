/* SPDX-License-Identifier: Apache-2.0 */
/*
 * borrow.h - lends read-only text to a generated message, whose fields are char *. The text must outlive the message,
 * and nobody may write through it or free it (never mma__*__free_unpacked such a message).
 */
#ifndef MMA_LIBCOMMON_RUNTIME_ENCODING_BORROW_H
#define MMA_LIBCOMMON_RUNTIME_ENCODING_BORROW_H

static inline char *borrow_text(const char *text)
{
    union {
        const char *from;
        char *to;
    } same = {text};
    return same.to;
}

#endif
