/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/spectator_metrics.h"

struct metric metric_spectators = METRIC_GAUGE_INIT("mma_spectators", "Sessions that watch a match.", NULL);
struct metric metric_streams =
    METRIC_GAUGE_INIT("mma_spectator_streams", "Matches that are watched or followed.", NULL);
struct metric metric_frames =
    METRIC_COUNTER_INIT("mma_spectator_frames_total", "Frames encoded, once for all viewers, by rate in Hz.", "rate");
struct metric metric_frame_bytes =
    METRIC_COUNTER_INIT("mma_spectator_frame_bytes_total", "Bytes of frames encoded, by rate in Hz.", "rate");
struct metric metric_frames_sent =
    METRIC_COUNTER_INIT("mma_spectator_frames_sent_total", "Copies of frames sent, one for each gateway.", NULL);
struct metric metric_resyncs =
    METRIC_COUNTER_INIT("mma_spectator_resyncs_total",
                        "Streams resynced from a keyframe: records were missing or damaged, or a hash differed.", NULL);
struct metric metric_watch_refused =
    METRIC_COUNTER_INIT("mma_spectator_watch_refused_total", "Watch requests refused, by reason.", "reason");

void spectator_metrics_register(void)
{
    struct metric *all[] = {&metric_spectators,  &metric_streams, &metric_frames,       &metric_frame_bytes,
                            &metric_frames_sent, &metric_resyncs, &metric_watch_refused};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        metrics_register(all[i]);
    }
    metric_set(&metric_spectators, 0, NULL, NULL);
    metric_set(&metric_streams, 0, NULL, NULL);
}
