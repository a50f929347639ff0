/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_postgres.h - a model of PostgreSQL: tables of rows by key, and a transaction as one C function, all or nothing.
 *
 * The function runs some time after the call, alone (serializable). It answers STATUS_OK (committed) or something else
 * (rolled back; the caller is told that status), and may leave rows for the caller with sim_tables_answer. Faults: away
 * (STATUS_UNAVAILABLE at once), hanging or cut off (STATUS_EXPIRED, STATUS_UNAVAILABLE after SIM_POSTGRES_TIMEOUT_MS:
 * it may have taken place or not).
 */
#ifndef MMA_SIMULATION_SIM_POSTGRES_H
#define MMA_SIMULATION_SIM_POSTGRES_H

#include "tests/simulation/sim_redis.h" /* struct sim_value */

#define SIM_POSTGRES_TIMEOUT_MS 3000

struct sim_tables; /* the tables, within a transaction */

typedef enum status sim_transaction(struct sim_tables *tables, const void *argument, size_t size);
/* values: what the transaction answered; count 0 unless status is OK. */
typedef void sim_on_postgres(void *owner, enum status status, const struct sim_value *values, size_t count);

bool sim_postgres_is_up(const struct sim_process *process);
MUST_USE enum status sim_postgres_run(struct sim_process *process, sim_transaction *transaction, const void *argument,
                                      size_t size, sim_on_postgres *on_result, void *owner);

/* ---- within a transaction; table and key are text ---- */

bool sim_tables_get(const struct sim_tables *tables, const char *table, const char *key, struct sim_value *out_row);
void sim_tables_put(struct sim_tables *tables, const char *table, const char *key, const void *row, size_t size);
/* INSERT ... ON CONFLICT DO NOTHING: false when the key is there. */
bool sim_tables_insert(struct sim_tables *tables, const char *table, const char *key, const void *row, size_t size);
void sim_tables_delete(struct sim_tables *tables, const char *table, const char *key);
void sim_tables_answer(struct sim_tables *tables, const void *bytes, size_t size); /* bytes NULL: nil */

/* ---- rows that more than one program or an invariant reads: memory as it is, all of it zeroed before use ---- */

#define SIM_TABLE_RATINGS "ratings" /* key "<player id>/<queue>" */
#define SIM_TABLE_MATCHES "matches" /* key: match id; written with the ratings it moves, in one transaction */
#define SIM_TABLE_REPLAYS "replays" /* key: match id */
#define SIM_TABLE_AUDIT   "audit"   /* key: event id */

struct sim_rating_row {
    int32_t rating_milli, deviation_milli;
    uint32_t matches; /* counted in it */
};

#define SIM_ROW_PLAYERS_MAX 20

struct sim_match_row {
    uint64_t state_hash;
    uint32_t ticks, player_count;
    uint8_t is_rated; /* it moved ratings */
    char end_reason[15];
    struct {
        char player_id[65];
        uint8_t place; /* 1: first; equal places are a draw. 0: not said by this version's message */
        int32_t rating_before_milli, rating_after_milli; /* equal when it is not rated */
    } players[SIM_ROW_PLAYERS_MAX];
};

struct sim_replay_row {
    uint64_t state_hash, bytes;
    uint32_t ticks, chunks;
    uint8_t is_verified;
    char path[63];
};

#endif
