/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_redis.h"

#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNSYNCED_US UINT64_C(1000000) /* appendfsync everysec */
#define SET_MARK    "\x01"

/* An answer in the making is all that a script sees of the server. */
struct sim_keys {
    struct sim_world *world;
    struct sim_answer *answer;
};

bool sim_redis_is_up(const struct sim_process *process)
{
    return process->links[SIM_REDIS].is_up;
}

uint32_t sim_redis_generation(const struct sim_process *process)
{
    return process->links[SIM_REDIS].ups;
}

static void execute_script(struct sim_world *world, struct sim_process *process, const void *argument, size_t size,
                           struct sim_answer *answer)
{
    sim_redis_script *script;
    memcpy(&script, argument, sizeof(script));
    struct sim_keys keys = {world, answer};
    answer->status = STATUS_OK;
    script(&keys, (const uint8_t *)argument + sizeof(script), size - sizeof(script));
    sim_see_text(process, SIM_SAW_SCRIPT, "", NULL, 0);
    sim_map_forget_changes(&world->keys, world->now_us > UNSYNCED_US ? world->now_us - UNSYNCED_US : 0);
}

enum status sim_redis_run(struct sim_process *process, sim_redis_script *script, const void *argument, size_t size,
                          sim_on_redis *on_reply, void *owner)
{
    struct sim_call call = {.on_redis = on_reply, .owner = owner};
    return sim_link_call(process, SIM_REDIS, &call, execute_script, &script, sizeof(script), argument, size);
}

/* ---- keys ----------------------------------------------------------------------------------------- */

/* An expired key goes when it is looked at. */
static const struct sim_entry *look(const struct sim_keys *keys, const char *key)
{
    const struct sim_entry *entry = sim_map_get(&keys->world->keys, key);
    if (entry != NULL && entry->expiry_us != 0 && entry->expiry_us <= keys->world->now_us) {
        sim_map_remove(&keys->world->keys, keys->world->now_us, key);
        return NULL;
    }
    return entry;
}

static uint64_t expiry_us(const struct sim_keys *keys, uint64_t lifetime_ms)
{
    return lifetime_ms > 0 ? keys->world->now_us + lifetime_ms * SIM_US_PER_MS : 0;
}

bool sim_keys_get(const struct sim_keys *keys, const char *key, struct sim_value *out_value)
{
    const struct sim_entry *entry = look(keys, key);
    if (entry != NULL) {
        *out_value = (struct sim_value){entry->bytes != NULL ? entry->bytes : (const uint8_t *)"", entry->size};
    }
    return entry != NULL;
}

uint64_t sim_keys_number(const struct sim_keys *keys, const char *key)
{
    struct sim_value value;
    char text[24] = "";
    if (sim_keys_get(keys, key, &value) && value.size < sizeof(text)) {
        memcpy(text, value.bytes, value.size);
    }
    return strtoull(text, NULL, 10);
}

bool sim_keys_equals(const struct sim_keys *keys, const char *key, const char *text)
{
    struct sim_value value;
    return sim_keys_get(keys, key, &value) && value.size == strlen(text) && memcmp(value.bytes, text, value.size) == 0;
}

void sim_keys_set(struct sim_keys *keys, const char *key, const void *bytes, size_t size, uint64_t lifetime_ms)
{
    REQUIRE(strlen(key) < SIM_REDIS_KEY_MAX);
    sim_map_put(&keys->world->keys, keys->world->now_us, key, bytes, size, expiry_us(keys, lifetime_ms));
}

void sim_keys_set_number(struct sim_keys *keys, const char *key, uint64_t number, uint64_t lifetime_ms)
{
    char text[24];
    int size = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    sim_keys_set(keys, key, text, (size_t)size, lifetime_ms);
}

void sim_keys_append(struct sim_keys *keys, const char *key, const void *bytes, size_t size)
{
    (void)look(keys, key);
    sim_map_append(&keys->world->keys, keys->world->now_us, key, bytes, size);
}

void sim_keys_expire(struct sim_keys *keys, const char *key, uint64_t lifetime_ms)
{
    if (look(keys, key) != NULL) {
        sim_map_set_expiry(&keys->world->keys, keys->world->now_us, key, expiry_us(keys, lifetime_ms));
    }
}

uint64_t sim_keys_lifetime_ms(const struct sim_keys *keys, const char *key)
{
    const struct sim_entry *entry = look(keys, key);
    return entry != NULL && entry->expiry_us != 0 ? (entry->expiry_us - keys->world->now_us) / SIM_US_PER_MS : 0;
}

void sim_keys_delete(struct sim_keys *keys, const char *key)
{
    if (look(keys, key) != NULL) {
        sim_map_remove(&keys->world->keys, keys->world->now_us, key);
    }
}

/* ---- sets ----------------------------------------------------------------------------------------- */

static const char *member_key(const char *set, const char *member, char out[2 * SIM_REDIS_KEY_MAX])
{
    int size = snprintf(out, (size_t)2 * SIM_REDIS_KEY_MAX, "%s" SET_MARK "%s", set, member);
    REQUIRE(size > 0 && size < SIM_REDIS_KEY_MAX);
    return out;
}

void sim_keys_set_insert(struct sim_keys *keys, const char *set, const char *member)
{
    char key[2 * SIM_REDIS_KEY_MAX];
    if (look(keys, member_key(set, member, key)) == NULL) {
        sim_keys_set(keys, key, "", 0, 0);
    }
}

void sim_keys_set_erase(struct sim_keys *keys, const char *set, const char *member)
{
    char key[2 * SIM_REDIS_KEY_MAX];
    sim_keys_delete(keys, member_key(set, member, key));
}

bool sim_keys_set_member(const struct sim_keys *keys, const char *set, size_t index, const char **out_member)
{
    const struct sim_map *map = &keys->world->keys;
    char prefix[2 * SIM_REDIS_KEY_MAX];
    bool is_there;
    size_t place = sim_map_find(map, member_key(set, "", prefix), &is_there) + index, size = strlen(prefix);
    if (place >= map->count || strncmp(map->entries[place].key, prefix, size) != 0) {
        return false;
    }
    *out_member = map->entries[place].key + size;
    return true;
}

/* ---- answers -------------------------------------------------------------------------------------- */

void sim_keys_answer(struct sim_keys *keys, const void *bytes, size_t size)
{
    sim_answer_add(keys->answer, bytes, size);
}

void sim_keys_answer_text(struct sim_keys *keys, const char *text)
{
    sim_answer_add(keys->answer, text, strlen(text));
}

void sim_keys_fail(struct sim_keys *keys, const char *text)
{
    keys->answer->status = STATUS_REFUSED;
    snprintf(keys->answer->text, sizeof(keys->answer->text), "%s", text);
}

/* ---- the usual commands --------------------------------------------------------------------------- */

struct command {
    char key[SIM_REDIS_KEY_MAX], member[SIM_REDIS_KEY_MAX];
    uint64_t lifetime_ms;
    bool only_new;
};

static struct command command_of(const char *key, const char *member)
{
    struct command command = {.lifetime_ms = 0};
    REQUIRE(strlen(key) < sizeof(command.key) && strlen(member) < sizeof(command.member));
    memcpy(command.key, key, strlen(key));
    memcpy(command.member, member, strlen(member));
    return command;
}

static void run_get(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    const struct command *command = argument;
    struct sim_value value = {NULL, 0};
    (void)sim_keys_get(keys, command->key, &value);
    sim_keys_answer(keys, value.bytes, value.size);
}

static void run_set(struct sim_keys *keys, const void *argument, size_t size)
{
    const struct command *command = argument;
    struct sim_value value;
    if (command->only_new && sim_keys_get(keys, command->key, &value)) {
        sim_keys_answer(keys, NULL, 0);
        return;
    }
    sim_keys_set(keys, command->key, command + 1, size - sizeof(*command), command->lifetime_ms);
    sim_keys_answer_text(keys, "1");
}

static void run_delete(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    sim_keys_delete(keys, ((const struct command *)argument)->key);
}

static void run_set_insert(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    const struct command *command = argument;
    sim_keys_set_insert(keys, command->key, command->member);
}

static void run_set_erase(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    const struct command *command = argument;
    sim_keys_set_erase(keys, command->key, command->member);
}

enum status sim_redis_get(struct sim_process *process, const char *key, sim_on_redis *on_reply, void *owner)
{
    struct command command = command_of(key, "");
    return sim_redis_run(process, run_get, &command, sizeof(command), on_reply, owner);
}

enum status sim_redis_set(struct sim_process *process, const char *key, const void *bytes, size_t size,
                          uint64_t lifetime_ms, bool only_new, sim_on_redis *on_reply, void *owner)
{
    struct command command = command_of(key, "");
    command.lifetime_ms = lifetime_ms;
    command.only_new = only_new;
    uint8_t *whole = malloc(sizeof(command) + size);
    REQUIRE(whole != NULL);
    memcpy(whole, &command, sizeof(command));
    if (size > 0) {
        memcpy(whole + sizeof(command), bytes, size);
    }
    enum status status = sim_redis_run(process, run_set, whole, sizeof(command) + size, on_reply, owner);
    free(whole);
    return status;
}

enum status sim_redis_delete(struct sim_process *process, const char *key, sim_on_redis *on_reply, void *owner)
{
    struct command command = command_of(key, "");
    return sim_redis_run(process, run_delete, &command, sizeof(command), on_reply, owner);
}

enum status sim_redis_set_add(struct sim_process *process, const char *set, const char *member)
{
    struct command command = command_of(set, member);
    return sim_redis_run(process, run_set_insert, &command, sizeof(command), NULL, NULL);
}

enum status sim_redis_set_remove(struct sim_process *process, const char *set, const char *member)
{
    struct command command = command_of(set, member);
    return sim_redis_run(process, run_set_erase, &command, sizeof(command), NULL, NULL);
}
