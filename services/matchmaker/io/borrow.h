/* SPDX-License-Identifier: Apache-2.0 */
/* borrow.h - generated messages have char * for text that is only read: lends them a const char *. */
#ifndef MMA_MATCHMAKER_BORROW_H
#define MMA_MATCHMAKER_BORROW_H

static inline char *borrow(const char *text)
{
    union {
        const char *from;
        char *to;
    } same = {text};
    return same.to;
}

#endif
