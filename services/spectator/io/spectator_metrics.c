/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/spectator_metrics.h"

struct metric spectator_metric_spectators = METRIC_GAUGE_INIT("mma_spectators", "Sessions that watch a match.", NULL);
struct metric spectator_metric_streams =
    METRIC_GAUGE_INIT("mma_spectator_streams", "Matches that are watched or followed.", NULL);
struct metric spectator_metric_frames =
    METRIC_COUNTER_INIT("mma_spectator_frames_total", "Frames encoded, once for all viewers, by rate in Hz.", "rate");
struct metric spectator_metric_frame_bytes =
    METRIC_COUNTER_INIT("mma_spectator_frame_bytes_total", "Bytes of frames encoded, by rate in Hz.", "rate");
struct metric spectator_metric_frames_sent =
    METRIC_COUNTER_INIT("mma_spectator_frames_sent_total", "Copies of frames sent, one for each gateway.", NULL);
struct metric spectator_metric_resyncs =
    METRIC_COUNTER_INIT("mma_spectator_resyncs_total",
                        "Streams resynced from a keyframe: records were missing or damaged, or a hash differed.", NULL);
struct metric spectator_metric_watch_refused =
    METRIC_COUNTER_INIT("mma_spectator_watch_refused_total", "Watch requests refused, by reason.", "reason");

void spectator_metrics_register(void)
{
    struct metric *all[] = {&spectator_metric_spectators,   &spectator_metric_streams,     &spectator_metric_frames,
                            &spectator_metric_frame_bytes,  &spectator_metric_frames_sent, &spectator_metric_resyncs,
                            &spectator_metric_watch_refused};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        metrics_register(all[i]);
    }
    metric_set(&spectator_metric_spectators, 0, NULL, NULL);
    metric_set(&spectator_metric_streams, 0, NULL, NULL);
}
