/* SPDX-License-Identifier: Apache-2.0 */
/* spectator_metrics.h - the spectator's metric families. Loop's thread only. */
#ifndef MMA_SERVICES_SPECTATOR_IO_SPECTATOR_METRICS_H
#define MMA_SERVICES_SPECTATOR_IO_SPECTATOR_METRICS_H

#include "libcommon/runtime/telemetry/metrics.h"

extern struct metric spectator_metric_spectators;
extern struct metric spectator_metric_streams;
extern struct metric spectator_metric_frames;
extern struct metric spectator_metric_frame_bytes;
extern struct metric spectator_metric_frames_sent;
extern struct metric spectator_metric_resyncs;
extern struct metric spectator_metric_watch_refused;

void spectator_metrics_register(void);

#endif
