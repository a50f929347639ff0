/* SPDX-License-Identifier: Apache-2.0 */
/* view_json.h - a view as one line of JSON, in the names of docs/wire-format.md's tables: for decoders in other
 * languages. */
#ifndef MMA_TESTS_SUPPORT_VIEW_JSON_H
#define MMA_TESTS_SUPPORT_VIEW_JSON_H

#include "libcommon/game/snapshot/view.h"

#include <stdio.h>

/* All that travels of a view that was decoded, its chain as well. Without an end of line. */
void view_json_print(FILE *file, const struct view *view);

/* An actor's magazines, each with a comma behind it; its effects, commas between them. The names are those of the
 * rules. */
void view_json_print_magazines(FILE *file, const struct actor *actor);
void view_json_print_effects(FILE *file, const struct actor *actor);

#endif
