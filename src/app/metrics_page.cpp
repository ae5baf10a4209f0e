#include "app/metrics_page.h"

#include <algorithm>
#include <array>

namespace warp::app {
namespace {

constexpr std::array kNotes{
    MetricNote{"warp_api_auth_failures_total",
               "`rate(…[5m]) > 1`: somebody guesses keys, or a client's key has expired"},
    MetricNote{"warp_api_limit_fallbacks_total",
               "any for 5 minutes: Redis is away or slow, and each node counts a customer's requests alone"},
    MetricNote{"warp_api_request_seconds", "99th centile of a route over 0.5 s for 10 minutes"},
    MetricNote{"warp_api_requests_total", "any `status=\"5xx\"` in 5 minutes"},
    MetricNote{"warp_app_part_up", "0 for a minute; `part` says what"},
    MetricNote{"warp_app_ready", "0 for a minute, outside of a planned stop"},
    MetricNote{"warp_app_snapshot_age_seconds",
               "above three times `routing.reconcile_interval`: provisioning does not reach calls"},
    MetricNote{"warp_app_snapshot_behind", "1 for 10 s: provisioning does not reach calls"},
    MetricNote{"warp_app_snapshot_build_seconds", "99th centile over 10 s: changes go live late"},
    MetricNote{"warp_app_snapshot_builds_total", "any `result=\"load_failed\"` in 5 minutes"},
    MetricNote{"warp_app_snapshot_rows", "half of what it was an hour ago: a deck or routes were lost"},
    MetricNote{"warp_app_snapshot_version", ""},
    MetricNote{"warp_billing_failures_total",
               "any in an hour: an invoice or a booking is late; the log line says which"},
    MetricNote{"warp_billing_invoices_total", ""},
    MetricNote{"warp_billing_periods_overdue", "above 0 for an hour: a period is over and has no invoice"},
    MetricNote{"warp_calls_active", "90 % of `sip.max_calls`; or 0 in busy hours"},
    MetricNote{"warp_calls_announcements_total", ""},
    MetricNote{"warp_calls_announcements_unheard_total",
               "any `reason=\"missing\"` in an hour: a policy names a clip that is not in `media.clips`"},
    MetricNote{"warp_calls_answers_total",
               "answers by attempts (the ASR) at half of the same hour a week ago"},
    MetricNote{"warp_calls_attempts_total", "none for 5 minutes in busy hours"},
    MetricNote{"warp_calls_duration_seconds", "median of less than 10 s: false answers or broken audio"},
    MetricNote{"warp_calls_emergency_total",
               "any: somebody called for help; the log line `calls.emergency` says who"},
    MetricNote{"warp_calls_ended_total",
               "`reason=\"MEDIA_TIMEOUT\"` over 2 % of answers; any `DAEMON_RESTARTED`"},
    MetricNote{"warp_calls_failovers_total", "over 20 % of attempts: a carrier fails"},
    MetricNote{"warp_calls_far_attempts_total", ""},
    MetricNote{"warp_calls_fax_switches_total", ""},
    MetricNote{"warp_calls_forks_total", ""},
    MetricNote{"warp_calls_media_heard_mos",
               "over 5 % below 3.6 in 15 minutes, by `direction` and `party`: callers complain"},
    MetricNote{"warp_calls_media_jitter_seconds", "95th centile over 0.03 s in 15 minutes"},
    MetricNote{"warp_calls_media_loss_ratio", "95th centile over 0.02 in 15 minutes"},
    MetricNote{"warp_calls_media_mos",
               "over 5 % below 3.6 in 15 minutes: what comes of that side is bad already"},
    MetricNote{"warp_calls_media_one_way_total", "over 1 % of answers: a firewall, NAT or wrong SDP"},
    MetricNote{"warp_calls_media_rtt_seconds", "95th centile over 0.3 s in 15 minutes"},
    MetricNote{"warp_calls_media_silent_total", "over 3 % of answers: dead air, or broken gateways"},
    MetricNote{"warp_calls_post_dial_delay_seconds", "95th centile over 8 s"},
    MetricNote{"warp_calls_provisional_unacknowledged_total",
               "over 1 % of attempts: a customer whose PRACKs do not arrive"},
    MetricNote{
        "warp_calls_recorder_failures_total",
        "any in 5 minutes: a recorder is down or full; the log line `calls.recorder_failed` says which"},
    MetricNote{"warp_calls_recorder_packets_total",
               "`outcome=\"lost\"` over 0.1 %: the kernel does not take what is sent"},
    MetricNote{"warp_calls_recorder_sessions_total", ""},
    MetricNote{"warp_calls_recorder_updates_total", ""},
    MetricNote{"warp_calls_recorders_exhausted_total",
               "any `instead=\"nothing\"` in 5 minutes: calls are not recorded that should be"},
    MetricNote{"warp_calls_recordings_total",
               "any `result=\"refused\"` in 5 minutes: calls are not recorded that should be"},
    MetricNote{"warp_calls_recovered_total", "any: the process before this one died"},
    MetricNote{"warp_calls_redirects_total", ""},
    MetricNote{"warp_calls_refused_total",
               "by `reason`: any `JOURNAL_UNAVAILABLE`, `MEDIA_PORTS_EXHAUSTED` or `OVERLOADED`; "
               "`ALL_ROUTES_FAILED` over 5 % of attempts"},
    MetricNote{"warp_calls_session_expiries_total", "over 1 % of answers: a peer that does not refresh"},
    MetricNote{"warp_calls_session_refreshes_total", ""},
    MetricNote{"warp_calls_stray_messages_total",
               "`rate(…[5m]) > 10`: a peer that confuses dialogs, or a scan"},
    MetricNote{"warp_calls_survived_total", "any: the process before this one died"},
    MetricNote{"warp_calls_transfers_total", ""},
    MetricNote{"warp_calls_unknown_sources_total",
               "`rate(…[5m]) > 1`: a scan, or a customer whose address has changed"},
    MetricNote{"warp_capture_connected", "0 for 5 minutes: nothing is captured there"},
    MetricNote{"warp_capture_dropped_total", "any in 5 minutes: what capture servers show has holes"},
    MetricNote{"warp_capture_sent_total", ""},
    MetricNote{"warp_charging_defects",
               "any: a call cost more than was held for it; run `warpctl billing audit`"},
    MetricNote{"warp_charging_holds_total", ""},
    MetricNote{"warp_charging_refused_total",
               "any `CHARGING_UNAVAILABLE` in 5 minutes; `INSUFFICIENT_FUNDS` at twice the usual"},
    MetricNote{"warp_charging_requests_total",
               "any `outcome=\"failed\"` in 5 minutes: Postgres does not grant"},
    MetricNote{"warp_charging_waiting_calls",
               "above 0 for 10 s: calls wait for money that the database is slow to grant"},
    MetricNote{"warp_dns_cache_entries", "90 % of `dns.cache.entries`"},
    MetricNote{"warp_dns_queries_total", "`outcome` of `failed` and `timeout` over 20 % in 5 minutes"},
    MetricNote{"warp_dns_query_seconds", "99th centile over 1 s"},
    MetricNote{"warp_dns_stale_served_total", "any in 5 minutes: no DNS server gives fresh answers"},
    MetricNote{"warp_http_broken_requests_total", "`rate(…[5m]) > 1`"},
    MetricNote{"warp_http_connections", ""},
    MetricNote{"warp_http_connections_total", ""},
    MetricNote{"warp_http_refused_total", "any in 5 minutes: too many clients at once"},
    MetricNote{"warp_identity_mails_total",
               "any other `result` than `accepted` in 5 minutes: nobody gets a new password"},
    MetricNote{"warp_limits_cluster",
               "`state=\"alone\"` 1 for a minute: each node keeps the limits for itself"},
    MetricNote{"warp_limits_cluster_nodes", "below the number of nodes less one for a minute"},
    MetricNote{"warp_limits_drift_total", "any: a defect; it was put right"},
    MetricNote{
        "warp_live_dropped_total",
        "any `cause=\"unsent\"` in 5 minutes: Redis is too slow; `slow`: somebody who reads too slowly"},
    MetricNote{"warp_live_events_total", ""},
    MetricNote{"warp_live_subscribers", ""},
    MetricNote{
        "warp_lookup_answers_total",
        "`state=\"absent\"` over 5 % in 5 minutes: calls are routed and priced by numbers as dialled, or "
        "refused"},
    MetricNote{"warp_lookup_cache_total", ""},
    MetricNote{"warp_lookup_circuit_open", "1 for a minute: nothing is looked up"},
    MetricNote{"warp_lookup_request_seconds", "95th centile over half of `numbers.telique.timeout`"},
    MetricNote{"warp_lookup_requests_total",
               "any `outcome=\"denied\"`: the token was refused; `ceiling` or `rate_limited` in 5 minutes"},
    MetricNote{"warp_media_bind_failures_total",
               "`rate(…[5m]) > 1`: another program uses ports of `media.ports`"},
    MetricNote{"warp_media_clip_files_refused_total",
               "any: the log line names the file and what is wrong with it"},
    MetricNote{"warp_media_clip_octets", "over 400 MiB: what is beyond 512 MiB is left out"},
    MetricNote{"warp_media_clips", ""},
    MetricNote{"warp_media_clips_total", ""},
    MetricNote{"warp_media_digits_total", ""},
    MetricNote{"warp_media_dropped_total", "over 1 % of packets received; `reason` says why"},
    MetricNote{"warp_media_dtls_handshakes_total", "failed ones over 5 % in 5 minutes"},
    MetricNote{"warp_media_jitter_packets_total",
               "`late` and `lost` over 3 % in 5 minutes: transcoded calls stutter"},
    MetricNote{"warp_media_kernel_flows",
               "0 while calls with audio run and `warp_media_kernel_state{state=\"running\"}` is 1"},
    MetricNote{"warp_media_kernel_octets_total", ""},
    MetricNote{"warp_media_kernel_packets_total", ""},
    MetricNote{
        "warp_media_kernel_passed_total",
        "`reason=\"source\"` with `rate(…[5m]) > 100`: somebody injects, or a peer sends from two ports"},
    MetricNote{"warp_media_kernel_refused_total", "`reason=\"full\"` or `\"failed\"` in 5 minutes"},
    MetricNote{"warp_media_kernel_state", "`state=\"unavailable\"` at 1: the log line says why"},
    MetricNote{"warp_media_octets_received_total", ""},
    MetricNote{"warp_media_octets_sent_total", ""},
    MetricNote{"warp_media_packets_received_total", "none for a minute while sessions are open"},
    MetricNote{"warp_media_packets_sent_total", ""},
    MetricNote{"warp_media_port_pairs", "`in_use` and `resting` together over 80 % of the range"},
    MetricNote{"warp_media_sessions", ""},
    MetricNote{"warp_media_sessions_opened_total", ""},
    MetricNote{"warp_media_sessions_refused_total", "any in 5 minutes"},
    MetricNote{"warp_media_srtp_failures_total",
               "over 1 % of packets received: wrong keys, or somebody tries some"},
    MetricNote{"warp_media_timeouts_total", "over 2 % of sessions opened: one-way firewalls, wrong SDP"},
    MetricNote{"warp_media_treated_streams",
               "transcoded ones near what the cores carry (`./warp bench rtp`)"},
    MetricNote{"warp_media_wakeups_total", ""},
    MetricNote{"warp_mm4_answers_given_up_total",
               "any: a peer does not take our answers, and will send again or give up"},
    MetricNote{"warp_mm4_connectors_up", "below the number of enabled MM4 connectors for 5 minutes"},
    MetricNote{"warp_mm4_malformed_total", "`rate(…[5m]) > 1`: a broken peer"},
    MetricNote{"warp_mm4_received_total", ""},
    MetricNote{"warp_mm4_refused_total", "over 5 % of `type=\"MM4_forward.REQ\"` received"},
    MetricNote{"warp_mm4_repeated_total", "`rate(…[5m]) > 1`: a peer does not get our answers"},
    MetricNote{"warp_mm4_sent_total", ""},
    MetricNote{"warp_mm4_unanswered_total",
               "any in 5 minutes: a peer takes mails and says nothing; its messages fail as UPSTREAM_SILENT"},
    MetricNote{"warp_mm4_unmatched_total",
               "`rate(…[5m]) > 1`: a peer answers later than `response_timeout_ms`"},
    MetricNote{"warp_mm4_waiting", "the sum of the connectors' windows for 5 minutes"},
    MetricNote{"warp_net_loop_posted_total", ""},
    MetricNote{"warp_net_loop_queue_delay_seconds",
               "99th centile over 50 ms: the thread of that `loop` has too much to do"},
    MetricNote{"warp_net_loop_rests_total", ""},
    MetricNote{"warp_overload_queue_delay_seconds", "over `sip.overload.target` for a minute"},
    MetricNote{"warp_overload_shed_total", "any in 5 minutes: more calls come than this machine takes"},
    MetricNote{"warp_overload_shedding", "1 for a minute"},
    MetricNote{"warp_pg_connections", "0 for a minute"},
    MetricNote{"warp_pg_connects_total", "any `outcome=\"failed\"` in 5 minutes"},
    MetricNote{"warp_pg_listener_connects_total",
               "more than 3 in 10 minutes: the listening connection flaps"},
    MetricNote{"warp_pg_notifications_total", ""},
    MetricNote{"warp_pg_queries_total", "`outcome` other than `ok` over 1 % in 5 minutes"},
    MetricNote{"warp_pg_query_seconds", "99th centile of a query over 1 s for 10 minutes"},
    MetricNote{"warp_pg_waiting",
               "over 100 for a minute: raise `postgres.pool_size`, or look for slow queries"},
    MetricNote{"warp_porting_failures_total",
               "any for an hour: port requests do not move on; the log line says which"},
    MetricNote{"warp_protection_banned", "over 1,000: a flood from many sources"},
    MetricNote{"warp_protection_bans_total", "`rate(…[5m]) > 1`: as above"},
    MetricNote{"warp_protection_dropped_total",
               "`why=\"crowd\"` in 5 minutes: strangers use up `sip.protection.strangers_per_second`"},
    MetricNote{"warp_protection_offences_total",
               "`offence=\"auth_failure\"` with `rate(…[5m]) > 1`: somebody guesses passwords"},
    MetricNote{"warp_rcs_events_total",
               "any `event=\"bad_signature\"`: somebody forges, or the connector's token is another than the "
               "provider's"},
    MetricNote{"warp_rcs_requests_total",
               "`status` of `failed`, `silent` or `refused` over 5 % in 5 minutes"},
    MetricNote{"warp_recording_dropped_packets_total",
               "any in 5 minutes: the disk is too slow for what is recorded"},
    MetricNote{"warp_recording_finished_total",
               "any `cause=\"disk_failed\"` or `cause=\"quota\"` in 5 minutes"},
    MetricNote{"warp_recording_octets_total", ""},
    MetricNote{"warp_recording_quota_octets", ""},
    MetricNote{"warp_recording_refused_total", "any in 5 minutes: calls are not recorded that should be"},
    MetricNote{
        "warp_recording_rows_left_total",
        "any: the database refuses rows of recordings; the log line `recordings.row_refused` says why"},
    MetricNote{"warp_recording_running", ""},
    MetricNote{"warp_recording_stored_octets",
               "over 90 % of `warp_recording_quota_octets`, where that is not 0"},
    MetricNote{"warp_recording_uploads_total", "`outcome=\"failed\"` for an hour: files pile up"},
    MetricNote{"warp_records_appended_total", ""},
    MetricNote{"warp_records_archive_failures_total",
               "any in 2 hours: read `store.record_archive_failed` in the log"},
    MetricNote{"warp_records_archived_total", ""},
    MetricNote{"warp_records_backlog", "growing for 10 minutes: Postgres takes no records"},
    MetricNote{"warp_records_damaged_octets_total", "any: the journal's disk is not to be trusted"},
    MetricNote{"warp_records_dead_letters_total", "any: look at `records.dead_letter` in the log"},
    MetricNote{"warp_records_duplicates_total", ""},
    MetricNote{"warp_records_group_entries", ""},
    MetricNote{"warp_records_group_seconds", "99th centile over 0.1 s: the disk is too slow"},
    MetricNote{"warp_records_groups_total", ""},
    MetricNote{"warp_records_journal_octets", "half of the disk"},
    MetricNote{"warp_records_lost_total", "any: calls without a record"},
    MetricNote{"warp_records_open_drafts", ""},
    MetricNote{"warp_records_queued_octets", "over 1 MiB for a minute: the disk is too slow"},
    MetricNote{"warp_records_refused_total", "any"},
    MetricNote{"warp_records_ship_failures_total", "any in 5 minutes"},
    MetricNote{"warp_records_ship_lag_seconds", "over 60 s"},
    MetricNote{"warp_records_shipped_total", ""},
    MetricNote{"warp_records_torn_octets_total", ""},
    MetricNote{"warp_records_writable", "0: new calls are refused"},
    MetricNote{"warp_records_write_failures_total", "any: the disk is full or broken"},
    MetricNote{"warp_records_written_octets_total", ""},
    MetricNote{"warp_redis_command_seconds", "99th centile over 50 ms"},
    MetricNote{"warp_redis_commands_total", "`result` other than `ok` over 1 % in 5 minutes"},
    MetricNote{"warp_redis_connect_failures_total", "any in 5 minutes"},
    MetricNote{"warp_redis_connected", "0 for a minute"},
    MetricNote{"warp_redis_in_flight", "over 1,000 for a minute"},
    MetricNote{"warp_redis_late_replies_total", "any in 5 minutes: Redis stalls"},
    MetricNote{"warp_redis_protocol_errors_total", "any: what answers there is no Redis"},
    MetricNote{"warp_redis_reconnects_total", "more than 3 in 10 minutes"},
    MetricNote{"warp_registrar_bindings", "half of what it was an hour ago: devices cannot register"},
    MetricNote{"warp_registrar_outbound_answers_total",
               "any `outcome` other than `registered` and `challenged`"},
    MetricNote{"warp_registrar_outbound_registered",
               "below the number of provider credentials that register, for 5 minutes"},
    MetricNote{"warp_registrar_registrations_total",
               "`outcome=\"refused\"` over 10 % of the rest: a device with an old password, or a scan"},
    MetricNote{"warp_routing_qualities", ""},
    MetricNote{"warp_sip_auth_answers_total",
               "`outcome=\"other_realm\"` or `\"other_peer\"`: somebody fishes for our credentials; "
               "`\"refused\"`: a carrier does not take them"},
    MetricNote{"warp_sip_auth_challenges_total", ""},
    MetricNote{"warp_sip_auth_verdicts_total",
               "`verdict=\"wrong\"`, `rate(…[5m]) > 1`: somebody guesses passwords; any `\"replayed\"`: a "
               "client that does not count, or somebody who listens"},
    MetricNote{"warp_sip_transaction_absorbed_total",
               "over 5 % of transactions begun: packets are lost, or we answer late"},
    MetricNote{"warp_sip_transaction_impossible_total", "any: a defect; report it with the log"},
    MetricNote{"warp_sip_transaction_live", "90 % of `sip.max_transactions` in a shard"},
    MetricNote{"warp_sip_transaction_merged_total", "`rate(…[5m]) > 1`: a peer forks to us"},
    MetricNote{"warp_sip_transaction_refused_total", "any in 5 minutes"},
    MetricNote{"warp_sip_transaction_retransmitted_total",
               "over 5 % of transactions begun: packets are lost, or a peer is slow"},
    MetricNote{"warp_sip_transaction_started_total", ""},
    MetricNote{"warp_sip_transaction_timeouts_total", "over 2 % of client transactions: a peer is dead"},
    MetricNote{"warp_sip_transaction_transport_errors_total", "any in 5 minutes"},
    MetricNote{"warp_sip_transaction_unmatched_total", "`rate(…[5m]) > 10`"},
    MetricNote{"warp_sip_transport_banned_total", ""},
    MetricNote{"warp_sip_transport_connections", "near sip.streams.max_connections"},
    MetricNote{
        "warp_sip_transport_connections_closed_total",
        "`slow_reader`, `no_pong`: a peer does not keep up; `no_message`, `slow_sender`: somebody holds "
        "connections for nothing"},
    MetricNote{"warp_sip_transport_connections_opened_total", ""},
    MetricNote{"warp_sip_transport_connections_refused_total",
               "`total`, `descriptors`: any, peers cannot connect; `source`: one address takes too many"},
    MetricNote{"warp_sip_transport_datagrams_total", "none `in` for 5 minutes in busy hours"},
    MetricNote{"warp_sip_transport_framing_errors_total", "any from a known peer"},
    MetricNote{"warp_sip_transport_handed_over_total", ""},
    MetricNote{"warp_sip_transport_handover_dropped_total", "any: a shard does not keep up"},
    MetricNote{"warp_sip_transport_keep_alives_total", ""},
    MetricNote{"warp_sip_transport_octets_total", ""},
    MetricNote{"warp_sip_transport_parse_errors_total", "over 1 % of datagrams: a broken peer, or a scan"},
    MetricNote{"warp_sip_transport_send_errors_total", "any in 5 minutes"},
    MetricNote{"warp_sip_transport_steered",
               "0 with several shards: give the daemon CAP_BPF, or pay in CPU for the hand-over"},
    MetricNote{"warp_sip_transport_stream_keep_alives_total", ""},
    MetricNote{"warp_sip_transport_stream_messages_total", ""},
    MetricNote{"warp_sip_transport_stream_octets_total", ""},
    MetricNote{"warp_sip_transport_tls_failures_total",
               "`side=\"opened\"`: any in 5 minutes, a peer's certificate or ours is refused"},
    MetricNote{"warp_sip_transport_tls_reloads_total",
               "`result=\"failed\"`: any, the old certificates go on"},
    MetricNote{"warp_smpp_bad_pdus_total", "`rate(…[5m]) > 1`: a broken peer, or a scan"},
    MetricNote{"warp_smpp_bind_failures_total",
               "`side=\"client\"`: any in 5 minutes, an upstream refuses us; `side=\"server\"`: `rate(…[5m]) "
               "> 1`, somebody guesses passwords"},
    MetricNote{"warp_smpp_closed_total",
               "`reason` other than `peer_unbound` and `unbound` more than 3 in 10 minutes: a link flaps"},
    MetricNote{"warp_smpp_connections_refused_total", "any in 5 minutes: a cap of `smpp` is reached"},
    MetricNote{"warp_smpp_late_answers_total", "`rate(…[5m]) > 1`: we answer slower than sessions live"},
    MetricNote{"warp_smpp_octets_total", ""},
    MetricNote{"warp_smpp_pdus_total", ""},
    MetricNote{"warp_smpp_rests_total", "any in 5 minutes: a customer does not heed ESME_RTHROTTLED"},
    MetricNote{"warp_smpp_sessions",
               "no bound state with `side=\"client\"` for a minute while connectors are enabled"},
    MetricNote{
        "warp_smpp_throttled_total",
        "`direction=\"in\"` over 1 % of PDUs: an upstream gives us less than the connector's `mps` says"},
    MetricNote{"warp_smpp_timeouts_total",
               "any `what=\"response\"` with `side=\"client\"` in 5 minutes: ambiguous messages"},
    MetricNote{"warp_smpp_unmatched_responses_total",
               "`rate(…[5m]) > 1`: an upstream answers later than the connector's `response_timeout`"},
    MetricNote{"warp_smpp_window", ""},
    MetricNote{"warp_sms_accepted_total", "none for 15 minutes in busy hours"},
    MetricNote{"warp_sms_archive_failures_total", "any in 2 hours: read `store.archive_failed` in the log"},
    MetricNote{"warp_sms_archived_total",
               "none for two days while messages flow: see `messaging.archive.folder`"},
    MetricNote{"warp_sms_deliveries_owed",
               "growing for 30 minutes: customers do not take receipts and messages"},
    MetricNote{"warp_sms_deliveries_spilled",
               "above 100,000 for an hour: a receiver is away; see the runbook before `delivery_give_up`"},
    MetricNote{"warp_sms_deliveries_total", "any `result=\"given_up\"`"},
    MetricNote{"warp_sms_directory_age_seconds",
               "above three times `messaging.reconcile_interval`: provisioning does not reach messages"},
    MetricNote{"warp_sms_directory_loads_total", "any `result=\"failed\"` in 5 minutes"},
    MetricNote{"warp_sms_fallbacks_total", ""},
    MetricNote{"warp_sms_final_total", "`state=\"delivered\"` by all at half of the same hour a week ago"},
    MetricNote{"warp_sms_inbound_total", ""},
    MetricNote{"warp_sms_inbound_unknown_total",
               "any in 5 minutes: a number of an upstream that no customer holds"},
    MetricNote{"warp_sms_messages", "80 % of `messaging.max_messages`"},
    MetricNote{"warp_sms_parts_submitted_total", ""},
    MetricNote{"warp_sms_pictures_total", ""},
    MetricNote{"warp_sms_provider_calls_total", "`result` other than `answered` over 5 % in 5 minutes"},
    MetricNote{"warp_sms_provider_seconds", "99th centile over 5 s"},
    MetricNote{"warp_sms_quiet_held_total", ""},
    MetricNote{
        "warp_sms_receipts_parked",
        "growing for 30 minutes: receipts whose ids do not fit, see the connector's `receipt_id_form`"},
    MetricNote{"warp_sms_receipts_total", ""},
    MetricNote{"warp_sms_redacted_total", ""},
    MetricNote{"warp_sms_refused_total", "by `reason`: any `OVERLOADED` or `STORE_UNAVAILABLE`"},
    MetricNote{"warp_sms_rerouted_total",
               "any in 5 minutes: a connector could not send for `messaging.reroute_after`"},
    MetricNote{"warp_sms_rich_repeated_total", ""},
    MetricNote{"warp_sms_rules_acted_total", ""},
    MetricNote{
        "warp_sms_stopped_total",
        "over 1 % of accepted in an hour: somebody sends to people who have stopped, or a campaign was "
        "suspended"},
    MetricNote{"warp_sms_store_batch_rows", ""},
    MetricNote{"warp_sms_store_failures_total", "any in 5 minutes"},
    MetricNote{"warp_sms_store_queue", "over 10,000 for a minute: Postgres does not keep up"},
    MetricNote{"warp_sms_store_refusals_total", "any in 5 minutes"},
    MetricNote{"warp_sms_store_seconds", "99th centile over 0.5 s"},
    MetricNote{"warp_sms_submit_outcomes_total",
               "`outcome` other than `ok` and `throttled` over 2 % in 5 minutes"},
    MetricNote{"warp_sms_webhook_seconds", ""},
    MetricNote{"warp_sms_webhooks_total",
               "`result` other than `taken` over 20 % for 30 minutes; any `address_forbidden`: somebody "
               "tries our own network"},
    MetricNote{"warp_smtp_client_connect_failures_total",
               "`rate(…[5m]) > 0.1`: a peer is away, or refuses our login"},
    MetricNote{"warp_smtp_client_connected_total", ""},
    MetricNote{"warp_smtp_client_connections", ""},
    MetricNote{
        "warp_smtp_connections_refused_total",
        "`cause=\"address\"`: a stranger, or a peer that moved; others: a cap of `messaging.mm4` is reached"},
    MetricNote{"warp_smtp_login_failures_total", "any: a peer has a wrong password, or somebody guesses"},
    MetricNote{"warp_smtp_mails_received_total",
               "`answer=\"temporary\"` above 1 %: we do not make mails durable"},
    MetricNote{"warp_smtp_mails_sent_total", "`result=\"ambiguous\"` in 5 minutes"},
    MetricNote{"warp_smtp_octets_received_total", ""},
    MetricNote{"warp_smtp_sessions", "80 % of `messaging.mm4.max_connections`"},
    MetricNote{"warp_smtp_sessions_ended_total",
               "`cause=\"bare_line_end\"` or `errors`: an attempt, or a broken peer"},
    MetricNote{"warp_stir_authorities",
               "half of what it was a day ago: the trust list was cut while it was written"},
    MetricNote{"warp_stir_certificate_expiry_timestamp_seconds",
               "`… - time() < 14 * 86400` while not 0: renew our certificate"},
    MetricNote{"warp_stir_certificate_fetches_total",
               "`result=\"failed\"` over 10 % of all but `cached`: a signer's server, or our way out"},
    MetricNote{"warp_stir_certificates", ""},
    MetricNote{"warp_stir_signatures_total", "none for 5 minutes in busy hours, where calls must be signed"},
    MetricNote{"warp_stir_unsigned_total", "any in 5 minutes: calls leave unsigned that should not"},
    MetricNote{"warp_stir_verifications_total",
               "any result but `passed` and `none` over 5 %: compare with the day before"},
    MetricNote{"warp_target_health", "`state=\"down\"` or `state=\"open\"` for 5 minutes"},
    MetricNote{"warp_target_health_changes_total", "more than 10 in 10 minutes: an endpoint flaps"},
    MetricNote{"warp_target_probes_total", "`outcome=\"lost\"` over 5 % in 15 minutes"},
    MetricNote{"warp_tcr_circuit_open",
               "1 for 5 minutes: brands and campaigns can be neither made nor changed"},
    MetricNote{
        "warp_tcr_events_total",
        "any `result=\"refused\"` in 5 minutes: events that are not signed as `integrations.tcr.webhook_url` "
        "says"},
    MetricNote{"warp_tcr_request_seconds", ""},
    MetricNote{
        "warp_tcr_requests_total",
        "any `outcome=\"denied\"`: key or secret are wrong; `outcome` of `failed` and `unreachable` over "
        "5 % in 15 minutes"},
    MetricNote{"warp_tcr_syncs_total", "any `result=\"failed\"` for 30 minutes: decisions are not seen"},
    MetricNote{"warp_webhooks_dead_total", "any in an hour: a customer has not heard what they asked for"},
    MetricNote{"warp_webhooks_delivered_total", ""},
    MetricNote{"warp_webhooks_failed_total", "over 20 % of attempts for 30 minutes"},
    MetricNote{"warp_webhooks_seconds",
               "99th centile at the time limit, `webhooks.timeout`: an endpoint hangs"},
    MetricNote{"warp_webhooks_under_way", "at `webhooks.at_once` for 10 minutes"},
    MetricNote{"warp_webhooks_waiting",
               "grows for 30 minutes: Postgres or the way out is slow, or a customer's endpoint fails"},
};
static_assert(std::is_sorted(kNotes.begin(), kNotes.end(),
                             [](const MetricNote& a, const MetricNote& b) { return a.name < b.name; }));

constexpr std::string_view kHead =
    "# Metrics\n\n"
    "Prometheus text at `http://<metrics.bind>/metrics`. A histogram has the series `_bucket`, `_sum` and "
    "`_count`; a\n"
    "counter only grows, and begins anew with the process. The last column says when to wake somebody "
    "(–: nothing by itself,\n"
    "it is there to be read along with others); shares and centiles are over 5 minutes unless said "
    "otherwise. "
    "What to do then\n"
    "stands in the [runbook](operations/runbook.md).\n\n"
    "This page is generated from the daemon's registry and the table in `src/app/metrics_page.cpp` "
    "(`WARP_UPDATE_DOCS=1` with\n"
    "the unit tests writes it); tests keep it equal to what the daemon has.\n";

// "warp_pg_waiting" -> "pg"
std::string_view room_of(std::string_view name) {
  constexpr std::string_view kPrefix = "warp_";
  name.remove_prefix(std::min(kPrefix.size(), name.size()));
  return name.substr(0, name.find('_'));
}

const MetricNote* note_of(std::string_view name) {
  const auto found =
      std::lower_bound(kNotes.begin(), kNotes.end(), name,
                       [](const MetricNote& note, std::string_view key) { return note.name < key; });
  return found != kNotes.end() && found->name == name ? &*found : nullptr;
}

void append_row(std::string& page, const metrics::Registry::Family& family) {
  std::string labels;
  for (const auto& label : family.labels)
    labels += (labels.empty() ? "`" : ", `") + label + "`";
  const auto* note = note_of(family.name);
  page += "| `" + family.name + "` | " + family.type + " | " + (labels.empty() ? "–" : labels) + " | " +
          family.help + " | ";
  page += !note || note->alarm.empty() ? std::string_view("–") : note->alarm;
  page += " |\n";
}

}  // namespace

std::span<const MetricNote> metric_notes() {
  return kNotes;
}

std::vector<std::string> undocumented(const std::vector<metrics::Registry::Family>& families) {
  std::vector<std::string> out;
  for (const auto& family : families)
    if (!note_of(family.name))
      out.push_back(family.name + " is not in the table of src/app/metrics_page.cpp: add it, with its alarm");
  for (const auto& note : kNotes) {
    const bool there = std::any_of(families.begin(), families.end(),
                                   [&](const auto& family) { return family.name == note.name; });
    if (!there) out.push_back(std::string(note.name) + " is documented, but the daemon has no such metric");
  }
  return out;
}

std::string metrics_markdown(const std::vector<metrics::Registry::Family>& families) {
  std::string page(kHead);
  std::string_view room;
  for (const auto& family : families) {
    if (room_of(family.name) != room) {
      room = room_of(family.name);
      page += "\n## " + std::string(room) +
              "\n\n| name | type | labels | meaning | alarm |\n|---|---|---|---|---|\n";
    }
    append_row(page, family);
  }
  return page;
}

}  // namespace warp::app
