/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/view_json.h"

#include <inttypes.h>

#define N(name)   "\"" name "\": %" PRIu32
#define I(name)   "\"" name "\": %" PRId32
#define U64(name) "\"" name "\": %" PRIu64

void view_json_print_magazines(FILE *file, const struct actor *actor)
{
    for (uint8_t weapon = WEAPON_RIFLE; weapon < (uint8_t)WEAPON_COUNT; weapon++) {
        fprintf(file, "\"%s\": %u, ", rules_weapon(weapon)->name, actor->ammunition[weapon]);
    }
}

void view_json_print_effects(FILE *file, const struct actor *actor)
{
    for (uint8_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        fprintf(file, "%s\"%s\": %u", effect ? ", " : "", rules_power_up(effect)->name, actor->effect_ticks[effect]);
    }
}

static void print_self(FILE *file, const struct actor *self)
{
    fprintf(file, "{" I("x") ", " I("y") ", " I("velocity x") ", " I("velocity y") ", " N("aim") ", ", self->position.x,
            self->position.y, self->velocity.x, self->velocity.y, (uint32_t)self->aim);
    fprintf(file, N("alive") ", " N("weapon") ", " N("health") ", ", (uint32_t)self->state, (uint32_t)self->weapon,
            (uint32_t)self->health);
    view_json_print_magazines(file, self);
    fprintf(file, N("cooldown") ", " N("reload") ", " N("protection") ", " N("respawn") ", ",
            (uint32_t)self->cooldown_ticks, (uint32_t)self->reload_ticks, (uint32_t)self->protection_ticks,
            (uint32_t)self->respawn_ticks);
    view_json_print_effects(file, self);
    fprintf(file, "}");
}

static void print_players(FILE *file, const struct view *view)
{
    fprintf(file, ", \"players\": [");
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        fprintf(file,
                "%s{" N("slot") ", " N("updated at") ", " I("x") ", " I("y") ", " I("velocity x") ", " I("velocity y"),
                i ? ", " : "", (uint32_t)player->slot, player->tick, player->x, player->y, (int32_t)player->velocity_x,
                (int32_t)player->velocity_y);
        fprintf(file, ", " N("aim") ", " N("weapon") ", " N("health") ", " N("flags") ", " N("team") "}",
                (uint32_t)player->aim, (uint32_t)player->weapon, (uint32_t)player->health, (uint32_t)player->flags,
                (uint32_t)player->team);
    }
    fprintf(file, "]");
}

static void print_projectiles(FILE *file, const struct view *view)
{
    fprintf(file, ", \"projectiles\": [");
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *projectile = &view->projectiles[i];
        fprintf(file, "%s{" N("own") ", " N("start tick") ", " I("x") ", " I("y") ", " N("weapon") ", " N("angle") "}",
                i ? ", " : "", (uint32_t)projectile->is_own, projectile->start_tick, projectile->x, projectile->y,
                (uint32_t)projectile->weapon, (uint32_t)projectile->angle);
    }
    fprintf(file, "]");
}

static void print_scores(FILE *file, const struct view *view)
{
    fprintf(file, ", \"scores\": [");
    for (uint32_t i = 0; i < view->score_count; i++) {
        const struct view_score *score = &view->scores[i];
        fprintf(file,
                "%s{" N("slot") ", " U64("id") ", " N("team") ", " N("kills") ", " N("deaths") ", " N("assists") "}",
                i ? ", " : "", (uint32_t)score->slot, score->id, (uint32_t)score->team, (uint32_t)score->kills,
                (uint32_t)score->deaths, (uint32_t)score->assists);
    }
    fprintf(file, "]");
}

static void print_events(FILE *file, const struct view *view)
{
    fprintf(file, ", \"events\": [");
    for (uint32_t i = 0; i < view->event_count; i++) {
        const struct event *event = &view->events[i];
        fprintf(file,
                "%s{" N("kind") ", " N("at") ", " N("subject") ", " N("other") ", " N("weapon") ", " N("value") "}",
                i ? ", " : "", (uint32_t)event->kind, event->tick, (uint32_t)event->subject, (uint32_t)event->other,
                (uint32_t)event->weapon, (uint32_t)event->value);
    }
    fprintf(file, "]");
}

void view_json_print(FILE *file, const struct view *view)
{
    fprintf(file, "{" N("tick") ", " U64("chain") ", " N("viewer") ", " N("team") ", " N("phase") ", " N("ticks left"),
            view->tick, view->chain, (uint32_t)view->viewer, (uint32_t)view->team, (uint32_t)view->phase,
            view->ticks_left);
    fprintf(file, ", " N("score of team 0") ", " N("score of team 1") ", " N("last input") ", " N("input depth"),
            view->team_scores[0], view->team_scores[1], view->input_sequence, (uint32_t)view->input_depth);
    if (view->has_self) {
        fprintf(file, ", \"self\": ");
        print_self(file, &view->self);
    }
    print_players(file, view);
    fprintf(file, ", \"power-ups\": [");
    for (uint32_t i = 0; i < view->power_up_count; i++) {
        fprintf(file, "%s{" N("index") "}", i ? ", " : "", (uint32_t)view->power_ups[i].index);
    }
    fprintf(file, "]");
    print_scores(file, view);
    print_projectiles(file, view);
    print_events(file, view);
    fprintf(file, "}");
}
