/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/config.h"

#include "libcommon/runtime/encoding/text_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_BYTES_MAX 256 /* of the description of the values a setting takes */

enum config_fault { FAULT_NONE, FAULT_UNSET, FAULT_NUMBER, FAULT_BOOL, FAULT_LENGTH, FAULT_CHOICE };

static bool parse_number(const char *text, uint64_t *out_number)
{
    if (!*text || strspn(text, "0123456789") != strlen(text)) {
        return false; /* strtoull alone would take signs and spaces */
    }
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    *out_number = number;
    return errno == 0;
}

static bool parse_bool(const char *text, bool *out_value)
{
    *out_value = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
    return *out_value || strcmp(text, "0") == 0 || strcmp(text, "false") == 0;
}

static const char *find_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);
    for (const char *at = choices; length > 0 && at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strcspn(at, "|") == length && memcmp(at, text, length) == 0) {
            return at;
        }
    }
    return NULL;
}

static enum config_fault store_number(const struct config_row *row, const char *text, char *field)
{
    uint64_t number;
    if (!parse_number(text, &number) || number < row->min || number > row->max) {
        return FAULT_NUMBER;
    }
    if (row->kind == CONFIG_U32) {
        REQUIRE(row->max <= UINT32_MAX);
        uint32_t narrow = (uint32_t)number;
        memcpy(field, &narrow, sizeof narrow);
    } else {
        memcpy(field, &number, sizeof number);
    }
    return FAULT_NONE;
}

static enum config_fault store_bool(const char *text, char *field)
{
    bool value;
    if (!parse_bool(text, &value)) {
        return FAULT_BOOL;
    }
    memcpy(field, &value, sizeof value);
    return FAULT_NONE;
}

static enum config_fault store(const struct config_row *row, const char *text, char *settings)
{
    char *field = settings + row->offset;
    if (text == NULL) {
        return FAULT_UNSET;
    }
    switch (row->kind) {
    case CONFIG_U32:
    case CONFIG_U64:
        return store_number(row, text, field);
    case CONFIG_BOOL:
        return store_bool(text, field);
    case CONFIG_TEXT:
    case CONFIG_SECRET:
        if (strlen(text) < row->min || strlen(text) > row->max) {
            return FAULT_LENGTH;
        }
        break;
    case CONFIG_CHOICE:
        if (find_choice(row->choices, text) == NULL) {
            return FAULT_CHOICE;
        }
        break;
    }
    memcpy(field, &text, sizeof text);
    return FAULT_NONE;
}

/* With commas: a bar would end a cell of a markdown table. */
static void describe_choices(const char *choices, char *out, size_t size)
{
    struct text_writer text;
    text_writer_init(&text, out, size - 1);
    while (*choices) {
        size_t length = strcspn(choices, "|");
        text_writer_put(&text, text.length > 0 ? ", " : "");
        text_writer_bytes(&text, choices, length);
        choices += length;
        choices += *choices == '|';
    }
    out[text.length] = '\0';
}

static void say_why(const struct config_row *row, enum config_fault fault, const char *text, FILE *errors)
{
    char choices[VALUES_BYTES_MAX];
    fprintf(errors, "%s: ", row->name);
    switch (fault) {
    case FAULT_NONE:
        break;
    case FAULT_UNSET:
        fprintf(errors, "must be set: %s\n", row->help);
        break;
    case FAULT_NUMBER:
        fprintf(errors, "must be a whole number from %" PRIu64 " to %" PRIu64 ", is \"%s\"\n", row->min, row->max,
                text);
        break;
    case FAULT_BOOL:
        fprintf(errors, "must be 0, 1, true or false, is \"%s\"\n", text);
        break;
    case FAULT_LENGTH:
        fprintf(errors, "must be %" PRIu64 " to %" PRIu64 " bytes long, is %zu bytes long\n", row->min, row->max,
                strlen(text));
        break;
    case FAULT_CHOICE:
        describe_choices(row->choices, choices, sizeof choices);
        fprintf(errors, "must be one of %s, is \"%s\"\n", choices, text);
        break;
    }
}

enum status config_load(const struct config_row *rows, size_t count, void *settings, FILE *errors)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        const char *given = getenv(rows[i].name);
        const char *text = given != NULL ? given : rows[i].fallback;
        enum config_fault fault = store(&rows[i], text, settings);
        if (fault != FAULT_NONE) {
            REQUIRE(given || !rows[i].fallback); /* a fallback that is wrong is our bug */
            say_why(&rows[i], fault, text, errors);
            status = STATUS_INVALID;
        }
    }
    return status;
}

/* What values a row takes, in few words. */
static void describe_values(const struct config_row *row, char *out, size_t size)
{
    switch (row->kind) {
    case CONFIG_U32:
    case CONFIG_U64:
        snprintf(out, size, "%" PRIu64 " to %" PRIu64, row->min, row->max);
        break;
    case CONFIG_BOOL:
        snprintf(out, size, "0, 1, true, false");
        break;
    case CONFIG_TEXT:
    case CONFIG_SECRET:
        snprintf(out, size, "%stext, %" PRIu64 " to %" PRIu64 " bytes", row->kind == CONFIG_SECRET ? "secret " : "",
                 row->min, row->max);
        break;
    case CONFIG_CHOICE:
        describe_choices(row->choices, out, size);
        break;
    }
}

static const char *fallback_text(const struct config_row *row)
{
    if (row->fallback == NULL) {
        return "must be set";
    }
    return *row->fallback ? row->fallback : "empty";
}

void config_print_help(const struct config_row *rows, size_t count, FILE *out)
{
    REQUIRE(rows != NULL || count == 0);
    for (size_t i = 0; i < count; i++) {
        char values[VALUES_BYTES_MAX];
        describe_values(&rows[i], values, sizeof values);
        fprintf(out, "  %s (%s; default: %s)\n      %s\n", rows[i].name, values, fallback_text(&rows[i]), rows[i].help);
    }
}

void config_print_markdown(const struct config_row *rows, size_t count, FILE *out)
{
    REQUIRE(rows != NULL || count == 0);
    fputs("| setting | default | values | what it does |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < count; i++) {
        char values[VALUES_BYTES_MAX];
        const char *fallback = fallback_text(&rows[i]);
        const char *tick = rows[i].fallback != NULL && *rows[i].fallback ? "`" : "";
        describe_values(&rows[i], values, sizeof values);
        fprintf(out, "| `%s` | %s%s%s | %s | %s |\n", rows[i].name, tick, fallback, tick, values, rows[i].help);
    }
}
