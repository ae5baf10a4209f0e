"""Rules of the database at work in the daemon: content, campaigns, quiet hours, opt-outs of what waits."""

from test_messaging import HANDSET, NUMBER, SLOW, bound, change, mdr, smsc  # noqa: F401
from test_messaging import WORLD  # noqa: F401
from warp_cli import smpp_peers

SUBMIT_FAILED, THROTTLED, INVALID_SOURCE, INVALID_EXPIRY = 0x45, 0x58, 0x0A, 0x62


def taken(smsc, text):  # noqa: F811
    name, submitted = smsc.submits.get(timeout=5 * SLOW)
    assert submitted.octets == text
    assert smsc.receipt(name, submitted) == smpp_peers.OK


def test_content_is_refused_and_rewritten_by_rules_without_a_restart(world, smsc):  # noqa: F811
    change(world, r"""
        INSERT INTO sms.rules (rule_order, pattern, refuse) VALUES (1, 'casino|free\s+money', true);
        INSERT INTO sms.rules (rule_order, pattern, replacement) VALUES (2, 'https://(\S+)', '(\1)');""")
    with bound(world) as esme:
        assert esme.submit(NUMBER, HANDSET, b"FREE   money")[0] == SUBMIT_FAILED
        assert esme.submit(NUMBER, HANDSET, b"see https://a.example now")[0] == smpp_peers.OK
        taken(smsc, b"see (a.example) now")
    change(world, "DELETE FROM sms.rules")


def test_a_campaign_answers_in_its_words_and_has_its_limits(world, smsc):  # noqa: F811
    other = "447700900555"
    change(world, f"""
        INSERT INTO sms.campaigns (id, customer_id, name, status, opt_out_keywords, opt_out_reply)
            VALUES ('0190c7a0-0000-7000-8000-0000000000ca', '{world.customer}', 'c', 'approved', '{{GENUG}}', 'ACME: no more.');
        INSERT INTO sms.campaign_limits (campaign_id, customer_id, carrier, per_day)
            VALUES ('0190c7a0-0000-7000-8000-0000000000ca', '{world.customer}', '234-15', 1);
        INSERT INTO sms.carrier_prefixes VALUES ('447700900123', '234-15');
        INSERT INTO sms.number_settings (e164, customer_id, campaign_id)
            VALUES ('{NUMBER}', '{world.customer}', '0190c7a0-0000-7000-8000-0000000000ca')
            ON CONFLICT (e164) DO UPDATE SET campaign_id = excluded.campaign_id;""")
    with bound(world) as esme:
        assert esme.submit(NUMBER, HANDSET, b"one")[0] == smpp_peers.OK
        taken(smsc, b"one")
        assert esme.submit(NUMBER, HANDSET, b"two")[0] == THROTTLED
        assert esme.submit(NUMBER, other, b"another carrier's")[0] == smpp_peers.OK
        taken(smsc, b"another carrier's")
        assert smsc.deliver(smpp_peers.message_body(other, NUMBER, b"Genug!")) == smpp_peers.OK
        taken(smsc, b"ACME: no more.")
        assert esme.submit(NUMBER, other, b"once more")[0] == SUBMIT_FAILED
        change(world, "UPDATE sms.campaigns SET status = 'suspended'")
        assert esme.submit(NUMBER, "447700900777", b"hello")[0] == INVALID_SOURCE
    change(world, "DELETE FROM sms.opt_outs; DELETE FROM sms.campaigns")


def test_what_waits_is_not_sent_to_who_stopped_meanwhile(world, smsc):  # noqa: F811
    other = "447700900666"
    change(world, f"INSERT INTO sms.quiet_hours (prefix, from_minute, to_minute) VALUES ('{HANDSET}', 0, 1440)")
    with bound(world) as esme:
        assert esme.submit(NUMBER, HANDSET, b"all day")[0] == INVALID_EXPIRY
        change(world, "UPDATE sms.connectors SET paused = true")
        status, message = esme.submit(NUMBER, other, b"later")
        assert status == smpp_peers.OK
        assert smsc.deliver(smpp_peers.message_body(other, NUMBER, b"STOP")) == smpp_peers.OK
        change(world, "UPDATE sms.connectors SET paused = false")
        record = mdr(world, message)
        assert (record["state"], record["reason"]) == ("failed", "RECIPIENT_OPTED_OUT")
        assert f"id:{message} ".encode() in esme.delivered.get(timeout=5 * SLOW).octets
    assert smsc.submits.empty()
    assert world.warp.daemon.metric("warp_sms_stopped_total") == 1
    change(world, "DELETE FROM sms.opt_outs; DELETE FROM sms.quiet_hours")
